"""Scores carried over to another answer key version, where no file is left to be graded.

The files were deleted with a person's data. The boards stay consistent so: who is erased keeps their rank
until a different metric makes it meaningless.
"""

from collections.abc import Sequence

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, table_of, upsert
from server.domain.files import file_uses
from server.domain.grading.grading_key import GradingKey
from server.domain.grading.outcome import Failed, Outcome
from server.models import AnswerKeyVersion, Competition, PrivateScore, PublicScore, Unscored

_UNSCORED = table_of(Unscored)


GONE = {
    "code": "file_deleted",
    "message": Message("The file was deleted with the data of the person who sent it."),
    "hint": Message("It cannot be graded by another metric, so it has no score now."),
    "count": 1,
    "lines": [],
    "examples": [],
}


def carry(session: Session, *, key: GradingKey, outcomes: Sequence[tuple[int, Outcome]]) -> set[int]:
    """Give the submissions whose files were deleted a verdict under `key`; their ids.

    They keep the score that the boards show now where the metric is the same, and have none where it is
    not. outcomes: what each submission's file came to. Needs a session that may see private scores.
    """
    failed = [submission_id for submission_id, outcome in outcomes if isinstance(outcome, Failed)]
    if not failed:
        return set()
    to = session.get_one(AnswerKeyVersion, key.answer_key_id)
    without_file = set(file_uses.without_file(session, competition_id=to.competition_id)) & set(failed)
    current = session.get_one(
        AnswerKeyVersion,
        session.get_one(Competition, to.competition_id, populate_existing=True).answer_key_id,
    )
    for submission_id in sorted(without_file):
        if not _has_same_metric(current, to) or not _copy(session, submission_id, current.id, to.id):
            _stand_unscored(session, submission_id, to.id)
    return without_file


def _has_same_metric(version: AnswerKeyVersion, other: AnswerKeyVersion) -> bool:
    names = ("metric", "metric_arguments", "metric_sha256", "higher_is_better")
    return all(getattr(version, name) == getattr(other, name) for name in names)


def _copy(session: Session, submission_id: int, before: int, after: int) -> bool:
    """Whether there was a score to copy: a public one, and mostly a private one."""
    copied = 0
    for model in (PublicScore, PrivateScore):
        table = table_of(model)
        names = [column.name for column in table.c]
        values = [literal(after) if name == "answer_key_id" else table.c[name] for name in names]
        row = select(*values).where(table.c.submission_id == submission_id, table.c.answer_key_id == before)
        adding = insert(table).from_select(names, row).returning(table.c.submission_id)
        copied += len(execute(session, adding, {}).all())
    return copied > 0


def _stand_unscored(session: Session, submission_id: int, answer_key_id: int) -> None:
    row = {"submission_id": submission_id, "answer_key_id": answer_key_id, "problems": [GONE]}
    execute(session, upsert(_UNSCORED).on_conflict_do_nothing(), row)
