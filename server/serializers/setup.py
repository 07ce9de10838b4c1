"""The shapes of the web API's answers about archives and clones."""

from datetime import date, datetime, timedelta

from server.clock import iso
from server.domain.setup import cloning
from server.domain.setup.cloning import Cloned, ClonedCourse
from server.models import Competition
from server.serializers.values import Json

TERM = timedelta(days=364)  # a year, in whole weeks: a Tuesday's homework stays a Tuesday's


def kept(row: Competition) -> Json:
    """A competition in the list of its course: when it runs, and whether it is archived."""
    return {
        "slug": row.slug,
        "title": row.title,
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(row.deadline_at),
        "late_until": iso(row.late_until),
        "reveal_at": iso(row.reveal_at),
        "reset_zone": row.reset_zone,
        "archived_at": None if row.archived_at is None else iso(row.archived_at),
    }


def cloned(found: Cloned) -> Json:
    """A clone that stands: its times, and the tiers that have a threshold, wait for one, or are trained."""
    return kept(found.competition) | {
        "from": found.origin.slug,
        "tiers_entered": list(found.entered),
        "tiers_waiting": list(found.waiting),
        "runs": [f"/api/baseline-runs/{run_id}" for run_id in found.run_ids],
    }


def cloned_course(found: ClonedCourse) -> Json:
    """A course for the next term with its competitions."""
    return {
        "course": {"slug": found.course.slug, "title": found.course.title, "zone": found.course.zone},
        "competitions": [cloned(each) for each in found.competitions],
    }


def next_term(competitions: list[Competition], now: datetime) -> date:
    """A first day to suggest: that of the last time, whole weeks later, in the future."""
    day = min(cloning.opening_day(each) for each in competitions)
    while day <= now.date():
        day += TERM
    return day
