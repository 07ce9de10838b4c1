"""The homeworks of the demonstration course, and when each of them runs, from the day of its start on.

The first is over and revealed, the second is at its height, the third has just begun, and the others open one
after another: a course in its sixth week.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.domain.audit.actor import COMMAND_LINE
from server.domain.setup import homework_box
from server.domain.setup import importing as homeworks
from server.models import Competition, Course
from server.services.demo import teams as demo_teams
from server.services.demo.course import Times, finished_times, running_times, times_of_week
from server.services.grading.context import GradingContext
from server.services.setup.build_homework import finish_build, start_build
from server.settings import Settings

FINISHED, RUNNING, BEGUN = "hw01_covid", "hw02_phoneme", "hw03_food"
MAIN = (FINISHED, RUNNING)
PREPARED = timedelta(days=2)  # before it opens, a homework is imported


def slug_of(homework: str) -> str:
    """What the competition of a homework is called in addresses."""
    return homework.replace("_", "-")


def known(session: Session, homework: str) -> Competition | None:
    """The competition that the demonstration made of a homework, or None."""
    return session.scalar(select(Competition).where(Competition.slug == slug_of(homework)))


def others(settings: Settings) -> list[str]:
    """The homeworks of the box beside the two main ones, in their order."""
    folders = homework_box.folders_in(settings.homeworks_dir)
    return [each.name for each in folders if each.name not in MAIN]


def times_of(homework: str, settings: Settings, *, now: datetime) -> Times:
    """When a homework of the course opens, closes and is revealed."""
    if homework in MAIN:
        return finished_times(now) if homework == FINISHED else running_times(now)
    return times_of_week(now, others(settings).index(homework))


def bring(context: GradingContext, course: Course, names: Sequence[str]) -> Iterator[str]:
    """Build and import those of these homeworks that are not there yet; the name of each once it is."""
    settings = context.settings
    missing = context.db.read(lambda session: [name for name in names if known(session, name) is None])
    building = {name: start_build(settings, name, _built(settings, name)) for name in missing}
    for name, process in building.items():
        finish_build(process)
        _import(context, course, name)
        yield name


def _built(settings: Settings, name: str) -> Path:
    return settings.data_dir / "built" / name


def _import(context: GradingContext, course: Course, name: str) -> None:
    """Import a built homework into the course, at times around now, as it was done before it opened."""
    settings, now = context.settings, utc_now()
    folder = settings.homeworks_dir.resolve() / name
    homework = homeworks.read_homework(context.store, folder=folder, built=_built(settings, name))
    times = times_of(name, settings, now=now)
    size = demo_teams.MEMBERS_MOST if name == RUNNING else homework.rules.team_size
    rules = replace(homework.rules, **asdict(times), team_size=size)
    context.db.write(
        lambda session: homeworks.import_homework(
            session,
            course=course,
            homework=replace(homework, rules=rules),
            slug=slug_of(name),
            by=COMMAND_LINE,
            now=min(times.opens_at - PREPARED, now),
        ),
        private=True,
    )
