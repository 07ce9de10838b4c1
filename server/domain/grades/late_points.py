"""What late submissions may earn: their scores, and the share of the points that each day has left.

The share falls by the competition's late penalty for each day begun since the team's own deadline, which an
extension moves. Each split counts by itself. Practice earns nothing, nor does what staff have excluded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from server.clock import days_later
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
class LateSubmission:
    """A late submission's scores, and what they are worth.

    days_late: begun days since its team's deadline, 1 or more; share: of the points that are left, in [0, 1].
    """

    submission_id: int
    public_score: float
    private_score: float
    days_late: int
    share: float


@dataclass(frozen=True)
class Lateness:
    """How late a file is: begun days, 0 for one in time; share: of the points that it may earn, in [0, 1]."""

    days: int
    share: float


IN_TIME = Lateness(0, 1.0)


def lateness_of(row: Submission, *, competition: Competition, deadline_at: datetime) -> Lateness:
    """How late this file is, and what a late one may still earn. deadline_at: its team's own."""
    if not row.is_late:
        return IN_TIME
    grace = timedelta(seconds=competition.grace_seconds)
    days = days_begun(deadline_at, row.received_at, zone=competition.reset_zone, grace=grace)
    counts = row.state is SubmissionState.SCORED and not row.is_practice and row.excluded_at is None
    share = share_left(late_penalty=competition.late_penalty, days_late=days) if counts else 0.0
    return Lateness(days, share)


def share_left(*, late_penalty: float, days_late: int) -> float:
    """The share of the points that is left so many begun days after the deadline, in [0, 1].

    >>> share_left(late_penalty=0.2, days_late=1), share_left(late_penalty=0.2, days_late=9)
    (0.8, 0.0)
    """
    return max(0.0, 1.0 - late_penalty * days_late)


def days_begun(deadline_at: datetime, received_at: datetime, *, zone: str, grace: timedelta) -> int:
    """How many days had begun between the deadline and then, 1 or more.

    A day begins at the deadline's local time in `zone`, so it has 23 or 25 hours where the clocks change. A
    file that comes within `grace` of a day's beginning counts to the day before, as at the deadline itself.
    """
    days = max(1, (received_at - grace - deadline_at) // DAY)  # no more than one day short
    while received_at >= days_later(deadline_at, days=days, zone=zone) + grace:
        days += 1
    return days


def late_submissions(session: Session, *, competition: Competition) -> dict[int, list[LateSubmission]]:
    """By team, the late submissions that may still earn something, in the order of their receipt.

    Needs a session that may see private scores.
    """
    if competition.late_penalty >= 1.0:
        return {}
    deadlines = {
        team_id: terms_of_team(session, competition=competition, team_id=team_id).deadline_at
        for team_id in extended_teams(session, competition)
    }
    by_team: dict[int, list[LateSubmission]] = {}
    grace = timedelta(seconds=competition.grace_seconds)
    for row in _late_rows(session, competition):
        deadline_at = deadlines.get(row.team_id, competition.deadline_at)
        days = days_begun(deadline_at, row.received_at, zone=competition.reset_zone, grace=grace)
        share = share_left(late_penalty=competition.late_penalty, days_late=days)
        if share > 0:
            by_team.setdefault(row.team_id, []).append(
                LateSubmission(row.id, row.public, row.private, days, share)
            )
    return by_team


def _late_rows(session: Session, competition: Competition) -> Sequence[Row[int, int, datetime, float, float]]:
    """Team, id, receipt, public and private score of each late submission that counts, as they came."""
    return session.execute(
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
    ).all()
