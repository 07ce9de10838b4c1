"""How much comes in: submissions of students by state, of a day and by the hour. Baselines are left out."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, Select, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from server.database.database import EPOCH, execute, table_of
from server.models import (
    Competition,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
    TeamKind,
    TeamMember,
)

_SUBMISSION, _MEMBER = table_of(Submission), table_of(TeamMember)
_FILES_OF = (
    select(_SUBMISSION.c.competition_id, func.count())
    .join(_MEMBER, _MEMBER.c.team_id == _SUBMISSION.c.team_id)
    .where(
        _MEMBER.c.user_id == bindparam("user_id"),
        _MEMBER.c.competition_id.in_(bindparam("competition_ids", expanding=True)),
    )
    .group_by(_SUBMISSION.c.competition_id)
)
HOUR = timedelta(hours=1)
HOUR_MICROSECONDS = 3_600_000_000


def by_state(session: Session, *, competition: Competition) -> dict[SubmissionState, int]:
    """How many submissions stand in each state, 0 where none does."""
    query = _by_students(competition).add_columns(Submission.state).group_by(Submission.state)
    counts = {state: count for count, state in session.execute(query)}
    return {state: counts.get(state, 0) for state in SubmissionState}


def on_day(session: Session, *, competition: Competition, day: date) -> int:
    """How many submissions belong to a course day."""
    return session.scalar(_by_students(competition).where(Submission.course_day == day)) or 0


def by_hour(session: Session, *, competition: Competition, since: datetime, hours: int) -> list[int]:
    """How many submissions came in each of so many hours of UTC; the first begins at `since`, a full hour."""
    first = (since - EPOCH) // HOUR
    hour = type_coerce(Submission.received_at, BigInteger) // HOUR_MICROSECONDS
    query = _by_students(competition).add_columns(hour).where(Submission.received_at >= since).group_by(hour)
    counts = {number: count for count, number in session.execute(query)}
    return [counts.get(first + index, 0) for index in range(hours)]


def without_private_score(session: Session, *, competition: Competition) -> list[int]:
    """The scored submissions whose private rows the metric failed on; needs to see private values."""
    key = competition.answer_key_id
    private = (PrivateScore.submission_id == Submission.id) & (PrivateScore.answer_key_id == key)
    query = (
        select(Submission.id)
        .join(PublicScore, (PublicScore.submission_id == Submission.id) & (PublicScore.answer_key_id == key))
        .outerjoin(PrivateScore, private)
        .where(Submission.competition_id == competition.id, PrivateScore.submission_id.is_(None))
    )
    return list(session.scalars(query.order_by(Submission.id)))


def _by_students(competition: Competition) -> Select[int]:
    return (
        select(func.count())
        .select_from(Submission)
        .join(Team, Team.id == Submission.team_id)
        .where(Submission.competition_id == competition.id, Team.kind == TeamKind.STUDENT)
    )


def files_of(session: Session, *, user_id: int, competition_ids: Collection[int]) -> dict[int, int]:
    """By competition, how many files the user's team has sent; none where there are none."""
    rows = execute(session, _FILES_OF, {"user_id": user_id, "competition_ids": list(competition_ids)})
    return dict(rows.all())
