"""The shapes of the web API's answers about archives and clones."""

from datetime import date, datetime, timedelta

from typing_extensions import TypedDict

from server.clock import iso
from server.domain.setup import cloning
from server.domain.setup.cloning import ClonedCompetition, ClonedCourse
from server.models import Competition
from server.serializers.values import Time, iso_or_none

TERM = timedelta(days=364)  # a year, in whole weeks: a Tuesday's homework stays a Tuesday's


class CourseCompetitionJson(TypedDict):
    """A competition in the list of its course: when it runs, and whether it is archived."""

    slug: str
    title: str
    opens_at: Time
    deadline_at: Time
    late_until: Time
    reveal_at: Time
    reset_zone: str
    archived_at: Time | None


class CourseCompetitionListJson(TypedDict):
    """A course's competitions, archived ones too."""

    competitions: list[CourseCompetitionJson]


class ArchivedJson(TypedDict):
    """The slugs of the competitions that were archived."""

    archived: list[str]


CloneWay = TypedDict(
    "CloneWay", {"from": str, "tiers_entered": list[str], "tiers_waiting": list[str], "runs": list[str]}
)


class CloneJson(CourseCompetitionJson, CloneWay):
    """A clone that stands: its times, and the tiers that have a threshold, wait for one, or are trained."""


class CourseJson(TypedDict):
    """A course."""

    slug: str
    title: str
    zone: str


class ClonedCourseJson(TypedDict):
    """A course for the next term with its competitions."""

    course: CourseJson
    competitions: list[CloneJson]


def course_competition(row: Competition) -> CourseCompetitionJson:
    """A competition in the list of its course."""
    return {
        "slug": row.slug,
        "title": row.title,
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(row.deadline_at),
        "late_until": iso(row.late_until),
        "reveal_at": iso(row.reveal_at),
        "reset_zone": row.reset_zone,
        "archived_at": iso_or_none(row.archived_at),
    }


def clone(cloned: ClonedCompetition) -> CloneJson:
    """A clone that stands, with what became of its tiers."""
    return {
        **course_competition(cloned.competition),
        "from": cloned.origin.slug,
        "tiers_entered": list(cloned.entered),
        "tiers_waiting": list(cloned.waiting),
        "runs": [f"/api/baseline-runs/{run_id}" for run_id in cloned.run_ids],
    }


def cloned_course(cloned: ClonedCourse) -> ClonedCourseJson:
    """A course for the next term with its competitions."""
    return {
        "course": {"slug": cloned.course.slug, "title": cloned.course.title, "zone": cloned.course.zone},
        "competitions": [clone(each) for each in cloned.competitions],
    }


def next_term(competitions: list[Competition], now: datetime) -> date:
    """A first day to suggest: that of the last time, whole weeks later, in the future."""
    day = min(cloning.opening_day(each) for each in competitions)
    while day <= now.date():
        day += TERM
    return day
