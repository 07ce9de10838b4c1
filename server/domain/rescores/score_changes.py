"""What rescores did to scores that a team had seen: public ones alone, whatever became of private ones.

A score that moved on private rows only must look as one that did not move, before the reveal and after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.database.database import execute, table_of
from server.models import PublicScore, Rescore, RescoreState, Submission

_SUBMISSION, _RESCORE, _OLD = table_of(Submission), table_of(Rescore), table_of(PublicScore).alias("old")
_NEW = table_of(PublicScore).alias("new")
_IS_OLD = (_OLD.c.submission_id == _SUBMISSION.c.id) & (_OLD.c.answer_key_id == _RESCORE.c.from_key_id)
_IS_NEW = (_NEW.c.submission_id == _SUBMISSION.c.id) & (_NEW.c.answer_key_id == _RESCORE.c.to_key_id)
_CHANGES = (
    select(_SUBMISSION.c.id, _RESCORE.c.switched_at, _RESCORE.c.reason, _OLD.c.score, _NEW.c.score)
    .join(_RESCORE, _RESCORE.c.competition_id == _SUBMISSION.c.competition_id)
    .join(_OLD, _IS_OLD)
    .outerjoin(_NEW, _IS_NEW)
    .where(
        _SUBMISSION.c.id.in_(bindparam("submission_ids", expanding=True)),
        _SUBMISSION.c.competition_id == bindparam("competition_id"),
        _RESCORE.c.state == RescoreState.APPLIED,
        _SUBMISSION.c.received_at < _RESCORE.c.switched_at,
        _NEW.c.score.is_distinct_from(_OLD.c.score),
    )
    .order_by(_RESCORE.c.switched_at.desc(), _RESCORE.c.id.desc(), _SUBMISSION.c.id)
)


@dataclass(frozen=True)
class ScoreChange:
    """A submission's public score before and after one rescore; None where it has none since."""

    submission_id: int
    at: datetime
    reason: str
    before: float
    after: float | None


def public_changes(
    session: Session, *, competition_id: int, submission_ids: Iterable[int]
) -> Sequence[ScoreChange]:
    """The rescores that hold now and moved the public score of one of these files, the newest first.

    Files that came after the switch had no score before it.
    """
    values = {"competition_id": competition_id, "submission_ids": list(submission_ids)}
    return [
        ScoreChange(submission_id, at, reason, before, after)
        for submission_id, at, reason, before, after in execute(session, _CHANGES, values)
        if at is not None
    ]
