"""splitboard import-course"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from grader.errors import BadHomeworkFile
from grader.homeworks.grade_rules import COURSE_FILE, read_course_file
from grader.homeworks.homework_file import HomeworkFile
from grader.messages import Message
from server.clock import utc_now
from server.commands.setup.competition import FirstDay
from server.commands.setup.import_homework import bring, with_rules
from server.commands.terminal import DataDir, open_database, settings_for
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions.named import slugs_of
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.grades.counting.counting import first_course_counting
from server.domain.people import courses
from server.domain.setup import homework_times
from server.domain.setup import importing as homeworks
from server.domain.setup.homework_box import slug_of
from server.domain.setup.homework_times import TIMES
from server.services.setup.build_homework import build_secretly

app = typer.Typer(add_completion=False)


@app.command()
def import_course(
    course: Annotated[str, typer.Argument(help="The course's slug.")],
    first_day: FirstDay,
    root: Annotated[
        Path | None, typer.Option("--homeworks", help="Where the homework folders lie; default: ours.")
    ] = None,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Ask for a run of each tier.")] = True,
    data: DataDir = None,
) -> None:
    """Make a competition of every homework folder, each built with a secret seed of its own.

    The first opens on the first day, and all times move by as many whole days; what would be due on a
    holiday of the course, to the next day that is none. A homework that the course has already is left as it
    is, so that an import which was cut short can be run again. A course.toml beside the folders says how the
    homeworks become the course's total, where the course has no such rules yet.
    """
    settings = settings_for(data)
    homeworks_dir = (root or settings.homeworks_dir).resolve()
    with open_database(settings) as db:
        slugs, holidays = db.read(lambda session: _known(session, course))
        rules = {
            file.parent: homeworks.read_rules(file)
            for file in sorted(homeworks_dir.glob("*/competition.toml"))
        }
        if not rules:
            raise Invalid(
                f"There is no homework folder in {homeworks_dir}; each would have a competition.toml."
            )
        bring_counting(db, homeworks_dir / COURSE_FILE, course=course)
        opening = min(rule.opens_at.astimezone(ZoneInfo(rule.reset_zone)).date() for rule in rules.values())
        days = (first_day.date() - opening) // timedelta(days=1)
        for folder, of_folder in rules.items():
            if slug_of(folder) in slugs:
                continue
            built = build_secretly(settings, folder, course=course, slug=slug_of(folder))
            homework = homeworks.read_homework(FileStore(settings.files_dir), folder=folder, built=built)
            homework = with_rules(homework, later(of_folder, days=days, holidays=holidays))
            bring(db, settings, homework, course=course, slug=slug_of(folder), train=train)
    if present := [slug_of(folder) for folder in rules if slug_of(folder) in slugs]:
        noun = "homework stands" if len(present) == 1 else "homeworks stand"
        typer.echo(f"{len(present)} {noun} in {course} already: {', '.join(present)}.")


def bring_counting(db: Database, path: Path, *, course: str) -> None:
    """Give the course the rules of its total that the file at `path` has; nothing where there is none."""
    if not path.is_file():
        return
    try:
        counting = read_course_file(path.read_bytes())
    except BadHomeworkFile as error:
        raise Invalid(
            Message("{name} cannot be used: {problems}", name=COURSE_FILE, problems=error.text)
        ) from error

    def keep(session: Session) -> None:
        row = courses.course_named(session, course)
        first_course_counting(session, counting, course=row, by=COMMAND_LINE, now=utc_now())

    db.write(keep)


def later(rules: HomeworkFile, *, days: int, holidays: Collection[date]) -> dict[str, datetime]:
    """The times of these rules so many days later at the same local hours, and due on no holiday."""
    times = {name: at for name in TIMES if (at := getattr(rules, name)) is not None}
    moved = homework_times.later(times, days=days, zone=rules.reset_zone)
    return homework_times.off_holidays(moved, zone=rules.reset_zone, holidays=holidays)


def _known(session: Session, slug: str) -> tuple[Collection[str], Collection[date]]:
    """The slugs of the homeworks that the course has, and its holidays."""
    row = courses.course_named(session, slug)
    return slugs_of(session, course=row), courses.settings_of(row).calendar.holidays
