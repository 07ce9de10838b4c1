"""The figures on the staff's page: counted when the page is asked for, nothing is kept."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Select, func, select, type_coerce
from sqlalchemy.orm import Session

from server.clock import course_day, iso
from server.database.database import EPOCH
from server.models import Competition, Submission, SubmissionState, Team, TeamKind
from server.serializers.values import Json
from server.web.rendering import charts
from server.web.rendering.filters import local_short

HOURS = 48  # how far back the chart goes
HOUR_MICROS = 3_600_000_000


def _by_students(competition: Competition) -> Select[int]:
    return (
        select(func.count())
        .select_from(Submission)
        .join(Team, Team.id == Submission.team_id)
        .where(Submission.competition_id == competition.id, Team.kind == TeamKind.STUDENT)
    )


def counts(session: Session, *, competition: Competition, now: datetime) -> dict[str, int]:
    """Submissions by state, those of today, and the teams there are; baselines are left out."""
    base = _by_students(competition)
    rows = session.execute(base.add_columns(Submission.state).group_by(Submission.state))
    numbers = {state.value: 0 for state in SubmissionState} | {state.value: count for count, state in rows}
    today = course_day(now, competition.reset_zone)
    numbers["today"] = session.scalar(base.where(Submission.course_day == today)) or 0
    numbers["teams"] = (
        session.scalar(
            select(func.count())
            .select_from(Team)
            .where(
                Team.competition_id == competition.id,
                Team.kind == TeamKind.STUDENT,
                Team.merged_into.is_(None),
            )
        )
        or 0
    )
    return numbers


def hours(session: Session, *, competition: Competition, now: datetime) -> Json:
    """Submissions in each of the last 48 hours, ending with late uploads at the latest: chart, numbers."""
    end = min(now, competition.late_until + timedelta(seconds=competition.grace_seconds))
    last = (end - EPOCH) // timedelta(hours=1)
    hour = type_coerce(Submission.received_at, BigInteger) // HOUR_MICROS
    since = EPOCH + timedelta(hours=last - HOURS + 1)
    rows = session.execute(
        _by_students(competition).add_columns(hour).where(Submission.received_at >= since).group_by(hour)
    )
    by_hour = {number: count for count, number in rows}
    series = [by_hour.get(last - HOURS + 1 + index, 0) for index in range(HOURS)]
    zone = competition.reset_zone
    busy_hours = [(iso(since + timedelta(hours=index)), count) for index, count in enumerate(series) if count]
    return {
        "chart": charts.bar_chart(
            series,
            first=local_short(since, zone),
            last=local_short(end, zone),
            label=f"Submissions in each of {HOURS} hours",
        ),
        "rows": busy_hours,
        "total": sum(series),
    }
