"""What the database must hold after a load: every file that was accepted, scored, once, and no other."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.campus import Campus
from server.database.database import Database
from server.models import Competition, PublicScore, Submission, SubmissionState


@dataclass(frozen=True)
class Truth:
    """Of the files that were accepted: how many, how many of them are lost or stand without a score.

    unanswered: scored files of which nobody was told.
    """

    accepted: int
    lost: int
    unanswered: int


def truth_of(campus: Campus, accepted: set[int]) -> Truth:
    """Compare what people were told with what stands in the database."""
    database = Database(campus.url)

    def scored(session: Session) -> set[int]:
        query = (
            select(func.min(Submission.id))
            .join(Competition, Competition.id == Submission.competition_id)
            .join(PublicScore, PublicScore.submission_id == Submission.id)
            .where(Competition.slug == "tiny", Submission.state == SubmissionState.SCORED)
            .where(Submission.idempotency_key.is_not(None))
            .group_by(Submission.team_id, Submission.sha256)
            .having(func.count() == 1)
        )
        return set(session.scalars(query))

    try:
        there = database.read(scored)
    finally:
        database.close()
    return Truth(len(accepted), len(accepted - there), len(there - accepted))
