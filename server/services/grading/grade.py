"""From a file's bytes to their outcome, whatever goes wrong on the way."""

from grader.errors import InvalidSubmission, MetricFailed, PrivateRowsFailed
from grader.grade import grade_with_errors
from grader.messages import Message
from server.domain.files.file_store import FileStore
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Failed, Outcome, PublicGrade
from server.logs import logger_of
from server.services.grading.answer_keys import AnswerKeys

log = logger_of(__name__)


def outcome_of(data: bytes, *, key: GradingKey, keys: AnswerKeys) -> Outcome:
    """What grading these bytes comes to; never raises: an error of ours is logged, and is Failed."""
    try:
        if key.metric_sha256 is not None:
            keys.require_walls()
        return grade_with_errors(data, keys.get(key), sandbox=keys.sandbox)
    except InvalidSubmission as invalid:
        return invalid
    except PrivateRowsFailed as error:
        log.error("the metric failed on private rows", answer_key=key.answer_key_id, reason=error.reason)
        return PublicGrade(error.public, error.for_staff())
    except MetricFailed as error:
        log.error("the metric failed", answer_key=key.answer_key_id, reason=error.reason)
        return Failed(error.for_staff())
    except Exception as error:
        log.exception("grading failed", answer_key=key.answer_key_id)
        return Failed(f"{type(error).__name__}: {error}")


def outcome_of_file(store: FileStore, sha256: str, *, key: GradingKey, keys: AnswerKeys) -> Outcome:
    """What the stored file with this hash comes to; a file that is gone is our fault."""
    try:
        data = store.read(sha256)
    except FileNotFoundError:
        log.error("stored file is missing", sha256=sha256)
        return Failed(Message("the stored file is missing"))
    return outcome_of(data, key=key, keys=keys)
