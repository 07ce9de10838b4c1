"""Grading of what a server left behind that died between a file and its score."""

from datetime import timedelta

from server.domain.grading import record as grading
from server.services.uploads.context import Judge


def sweep(judge: Judge, *, older_than: timedelta) -> int:
    """Grade the submissions a dead server left behind, with their original times; how many that were."""
    now = judge.clock()
    left = judge.db.read(lambda session: grading.left_behind(session, now=now, older_than=older_than))
    for submission, key in left:
        outcome = grading.grade_stored(judge.store, submission, key=key, keys=judge.keys)
        judge.record(submission, key, outcome)
    return len(left)
