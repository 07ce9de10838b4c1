"""What late submissions may earn: their scores, and the share of the points that each day has left.

The share falls by the competition's late penalty for each day begun since the team's own deadline, which an
extension moves. Each split counts by itself. Practice earns nothing, nor does what staff have excluded.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.competitions.terms import terms_of_team
from server.domain.teams.lateness import extended_teams
from server.models import (
    Competition,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
)

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """A late submission's scores, and what they are worth.

    days_late: begun days since its team's deadline, 1 or more; share: of the points that are left, in [0, 1].
    """

    submission_id: int
    public_score: float
    private_score: float
    days_late: int
    share: float


def share_left(*, late_penalty: float, days_late: int) -> float:
    """The share of the points that is left so many begun days after the deadline, in [0, 1].

    >>> share_left(late_penalty=0.2, days_late=1), share_left(late_penalty=0.2, days_late=9)
    (0.8, 0.0)
    """
    return max(0.0, 1.0 - late_penalty * days_late)


def days_begun(deadline_at: datetime, received_at: datetime) -> int:
    """How many days of 24 hours had begun between the deadline and then; the first begins at the deadline."""
    return (received_at - deadline_at) // DAY + 1


def late_submissions(session: Session, *, competition: Competition) -> dict[int, list[Late]]:
    """By team, the late submissions that may still earn something, in the order of their receipt.

    Needs a session that may see private scores.
    """
    if competition.late_penalty >= 1.0:
        return {}
    deadlines = {
        team_id: terms_of_team(session, competition=competition, team_id=team_id).deadline_at
        for team_id in extended_teams(session, competition)
    }
    rows = session.execute(
        select(
            Submission.team_id,
            Submission.id,
            Submission.received_at,
            PublicScore.score.label("public"),
            PrivateScore.score.label("private"),
        )
        .join(Team, Team.id == Submission.team_id)
        .join(PublicScore, PublicScore.submission_id == Submission.id)
        .join(
            PrivateScore,
            (PrivateScore.submission_id == Submission.id)
            & (PrivateScore.answer_key_id == PublicScore.answer_key_id),
        )
        .where(
            Submission.competition_id == competition.id,
            Submission.state == SubmissionState.SCORED,
            Submission.is_late.is_(True),
            Submission.is_practice.is_(False),
            Submission.excluded_at.is_(None),
            Team.kind == TeamKind.STUDENT,
            PublicScore.answer_key_id == competition.answer_key_id,
        )
        .order_by(Submission.received_at, Submission.id)
    )
    by_team: dict[int, list[Late]] = {}
    for row in rows:
        days = days_begun(deadlines.get(row.team_id, competition.deadline_at), row.received_at)
        share = share_left(late_penalty=competition.late_penalty, days_late=days)
        if share > 0:
            by_team.setdefault(row.team_id, []).append(Late(row.id, row.public, row.private, days, share))
    return by_team
