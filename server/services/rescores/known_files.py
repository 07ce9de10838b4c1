"""The known files, graded again at each change: the sample submission and each tier's latest predictions.

Their scores under a version are kept; a file that comes to another score now tells that the grader, a library
or the store has changed, and then the boards are not switched.
"""

from grader.grade import Grade
from grader.messages import COMMA, Message, joined
from server.domain.errors import Conflict
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Outcome
from server.domain.rescores import verdicts as rescore_verdicts
from server.domain.rescores.known_files import KnownFile, KnownFileCheck, known_files
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of_file


def checks(context: GradingContext, *, before_id: int, after_id: int) -> list[KnownFileCheck]:
    """Each known file under the two versions, graded again. Slow where a key is not in memory yet."""
    results = []
    for old, new in zip(_known(context, before_id), _known(context, after_id), strict=True):
        pairs = ((old, before_id), (new, after_id))
        same = all(_is_same(context, known, version_id) for known, version_id in pairs)
        results.append(KnownFileCheck(old.name, old.scores, new.scores, same))
    return results


def require_same_again(context: GradingContext, version_id: int) -> None:
    """Raise Conflict when a known file comes to another score under the version than the kept one."""
    other = [known.name for known in _known(context, version_id) if not _is_same(context, known, version_id)]
    if other:
        raise Conflict(
            Message(
                "Graded again, {other} came to another score than the one that is kept, so nothing was "
                "changed. The grader, a library or the metric has changed since: ask for a new rescore.",
                other=joined(*other, between=COMMA),
            )
        )


def _known(context: GradingContext, version_id: int) -> list[KnownFile]:
    return context.db.read(lambda session: known_files(session, version_id), private=True)


def _is_same(context: GradingContext, known: KnownFile, version_id: int) -> bool:
    """Whether grading the file now gives the kept scores; true where none are kept to compare with."""
    key = context.db.read(lambda session: rescore_verdicts.key_of_version(session, version_id))
    return known.scores is None or known.scores == _scores(
        key, outcome_of_file(context.store, known.sha256, key=key, keys=context.keys)
    )


def _scores(key: GradingKey, outcome: Outcome) -> tuple[float, float] | None:
    return (outcome.public, outcome.private) if isinstance(outcome, Grade) else None
