"""The figures on the staff's page: counted when the page is asked for, nothing is kept."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from grader.messages import Catalogue, Message
from server.clock import course_day, iso
from server.database.database import EPOCH
from server.domain.boards import leaderboard
from server.domain.submissions import activity
from server.domain.teams import membership as teams
from server.models import Competition
from server.serializers.values import Json
from server.web.rendering.charts import shapes as charts
from server.web.rendering.filters import local_short

HOURS = 48  # how far back the chart goes


def counts(session: Session, *, competition: Competition, now: datetime) -> dict[str, int]:
    """Submissions by state, those of today, teams on the public board and without a score; no baselines."""
    numbers = {
        state.value: count for state, count in activity.by_state(session, competition=competition).items()
    }
    today = course_day(now, competition.reset_zone)
    numbers["today"] = activity.on_day(session, competition=competition, day=today)
    _, numbers["teams"] = leaderboard.public_rank(session, competition_id=competition.id, team_id=0)
    all_teams = teams.student_team_count(session, competition_id=competition.id)
    numbers["without_score"] = all_teams - numbers["teams"]
    return numbers


def hours(session: Session, *, competition: Competition, now: datetime, catalogue: Catalogue) -> Json:
    """Submissions in each of the last 48 hours, ending with late uploads at the latest: chart, numbers."""
    end = min(now, competition.late_until + timedelta(seconds=competition.grace_seconds))
    hour = timedelta(hours=1)
    since = EPOCH + hour * ((end - EPOCH) // hour - HOURS + 1)
    series = activity.by_hour(session, competition=competition, since=since, hours=HOURS)
    zone = competition.reset_zone
    busy_hours = [(iso(since + hour * index), count) for index, count in enumerate(series) if count]
    return {
        "chart": charts.bar_chart(
            series,
            words=[
                Message("{time}: {count:,}", time=local_short(since + hour * index, zone, now), count=count)
                for index, count in enumerate(series)
            ],
            first=local_short(since, zone, now),
            last=local_short(end, zone, now),
            label=Message("Submissions in each of {hours} hours", hours=HOURS),
            catalogue=catalogue,
        ),
        "rows": busy_hours,
        "total": sum(series),
    }
