"""Grading of what a server left behind that died between a file and its score."""

from datetime import timedelta

from server.domain.grading import record as grading
from server.logs import bound, logger_of
from server.services.grading.context import GradingContext
from server.services.grading.grade import outcome_of_file

log = logger_of(__name__)


def sweep(context: GradingContext, *, older_than: timedelta) -> int:
    """Grade the submissions a dead server left behind, with their original times; how many that were."""
    now = context.clock()
    submissions = context.db.read(
        lambda session: grading.left_behind(session, now=now, older_than=older_than)
    )
    for submission, key in submissions:
        with bound(submission=submission.id):
            outcome = outcome_of_file(context.store, submission.sha256, key=key, keys=context.keys)
            state = context.record(submission, key, outcome)
            log.info("graded what was left behind", state=state.value)
    return len(submissions)
