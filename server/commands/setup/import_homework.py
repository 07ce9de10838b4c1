"""splitboard import-homework"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from grader.homeworks.rules import order_problem
from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE, Actor
from server.domain.baselines import runs as baselines
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.people.accounts import worker_account as worker_accounts
from server.domain.setup import importing as homeworks
from server.domain.setup.homework_box import slug_of
from server.domain.setup.homework_times import DUE, require_no_holiday
from server.domain.setup.importing import BuiltHomework
from server.local_time import local_text
from server.models import Competition
from server.services.setup.build_homework import build_secretly
from server.services.worker_bell import Bell
from server.settings import Settings

app = typer.Typer(add_completion=False)
When = Annotated[
    str | None, typer.Option(help="Instead of the folder's time; ISO 8601 with its offset from UTC.")
]


@app.command()
def import_homework(
    folder: Annotated[
        str, typer.Argument(help="A homework folder, or the name of one of ours: hw03_food, or hw03.")
    ],
    course: Annotated[str, typer.Option(help="The course's slug.")],
    slug: Annotated[str | None, typer.Option(help="Its name in addresses; default: the folder's.")] = None,
    built: Annotated[
        Path | None,
        typer.Option(help="What `splitboard build` wrote; default: it is built now, with a secret seed."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Build it now, from the real files in this folder.")
    ] = None,
    opens: When = None,
    deadline: When = None,
    late_until: When = None,
    reveal: When = None,
    train: Annotated[bool, typer.Option("--train/--no-train", help="Ask for a run of each tier.")] = True,
    data: DataDir = None,
) -> None:
    """Make a competition of a homework folder, in a course; broken rules or a broken key are refused."""
    settings = settings_for(data)
    times = {"opens_at": opens, "deadline_at": deadline, "late_until": late_until, "reveal_at": reveal}
    with open_database(settings) as db:
        path = folder_of(settings, folder)
        slug = slug or slug_of(path)
        if built is not None and source is not None:
            raise Invalid("--built names data that were built before, --from data to build from: give one.")
        if built is None:
            built = build_secretly(settings, path, course=course, slug=slug, source=source)
        homework = homeworks.read_homework(FileStore(settings.files_dir), folder=path, built=built)
        homework = with_rules(homework, {name: instant(text) for name, text in times.items() if text})
        bring(db, settings, homework, course=course, slug=slug, train=train)


def bring(
    db: Database, settings: Settings, homework: BuiltHomework, *, course: str, slug: str, train: bool
) -> None:
    """Make the competition and ask for its runs, and tell of both."""
    competition, runs = db.write(
        lambda session: add(session, homework, course=course, slug=slug, train=train), private=True
    )
    bell = Bell(settings)
    for run_id in runs:
        bell.ring(run_id)
    for warning in homework.warnings:
        typer.echo(f"Warning, {warning.message} {warning.hint}", err=True)
    closes = local_text(competition.deadline_at, competition.reset_zone)
    typer.echo(
        f"{competition.slug} stands in {course}, until {closes}; {len(runs)} baseline runs are asked for."
    )


def folder_of(settings: Settings, name: str) -> Path:
    """The homework folder that `name` means: a path, a name in the settings' folder, or the start of one."""
    if Path(name).is_dir():
        return Path(name).resolve()
    root = settings.homeworks_dir.resolve()
    matches = [path for path in root.glob(f"{name}_*") if path.is_dir()]
    return matches[0] if len(matches) == 1 and not (root / name).is_dir() else root / name


def with_rules(homework: BuiltHomework, changes: dict[str, Any]) -> BuiltHomework:
    """The homework with other times; raises Invalid when they are out of order."""
    if problem := order_problem(vars(homework.rules) | changes):
        raise Invalid(problem)
    return replace(homework, rules=replace(homework.rules, **changes))


def instant(text: str) -> datetime:
    """The instant that `text` names, in UTC; raises Invalid for one without an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"'{text}' is no time; write it as 2027-03-26T23:59:00+08:00.") from None
    if moment.tzinfo is None:
        raise Invalid(f"'{text}' has no offset from UTC; write it as 2027-03-26T23:59:00+08:00.")
    return moment.astimezone(UTC)


def add(
    session: Session, homework: BuiltHomework, *, course: str, slug: str, train: bool
) -> tuple[Competition, list[int]]:
    """The new competition, and the ids of the baseline runs that were asked for."""
    now, into = utc_now(), courses.course_named(session, course)
    zone, times = homework.rules.reset_zone, {name: getattr(homework.rules, name) for name in DUE}
    require_no_holiday(times, zone=zone, course=into, slug=slug)
    competition = homeworks.import_homework(
        session,
        course=into,
        homework=homework,
        slug=slug,
        by=COMMAND_LINE,
        now=now,
    )
    if not train:
        return competition, []
    runs = baselines.request_runs(
        session,
        competition=competition,
        tiers=[tier.name.value for tier in homework.rules.tier],
        seed=0,
        by=Actor(worker_accounts.worker_account(session, now=now).id),
        now=now,
    )
    return competition, [run.id for run in runs]
