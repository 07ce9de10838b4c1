"""What rescores did to scores that a team had seen: public ones alone, whatever became of private ones.

A score that moved on private rows only must look as one that did not move, before the reveal and after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from server.models import PublicScore, Rescore, RescoreState, Submission


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
    old, new = aliased(PublicScore), aliased(PublicScore)
    rows = session.execute(
        select(Submission.id, Rescore.switched_at, Rescore.reason, old.score, new.score)
        .join(Rescore, Rescore.competition_id == Submission.competition_id)
        .join(old, (old.submission_id == Submission.id) & (old.answer_key_id == Rescore.from_key_id))
        .outerjoin(new, (new.submission_id == Submission.id) & (new.answer_key_id == Rescore.to_key_id))
        .where(
            Submission.id.in_(list(submission_ids)),
            Submission.competition_id == competition_id,
            Rescore.state == RescoreState.APPLIED,
            Submission.received_at < Rescore.switched_at,
            new.score.is_distinct_from(old.score),
        )
        .order_by(Rescore.switched_at.desc(), Rescore.id.desc(), Submission.id)
    )
    return [
        ScoreChange(submission_id, at, reason, before, after)
        for submission_id, at, reason, before, after in rows
        if at is not None
    ]
