"""splitboard competition clone | archive | unarchive"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions import archiving
from server.domain.competitions.named import competition_named
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.setup.cloning import ClonedCompetition
from server.local_time import local_text
from server.models import Course
from server.services.grading.context import GradingContext
from server.services.setup import cloning
from server.services.setup.cloning import Order
from server.services.worker_bell import Bell

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Slug = Annotated[str, typer.Argument(help="The competition's slug.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]
FirstDay = Annotated[
    datetime,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="The local date of the (first) opening. All times move by as many whole days.",
    ),
]
Thresholds = Annotated[
    cloning.Thresholds,
    typer.Option(
        help="Enter the stored predictions of the baselines again, train them again, or neither yet."
    ),
]


@app.command()
def clone(
    competition: Slug,
    slug: Annotated[str, typer.Argument(help="The clone's slug.")],
    first_day: FirstDay,
    into: Annotated[str | None, typer.Option(help="A course's slug; default: the same course.")] = None,
    title: Annotated[str, typer.Option(help="Its name on pages; default: the old one's.")] = "",
    thresholds: Thresholds = cloning.Thresholds.REENTER,
    data: DataDir = None,
) -> None:
    """Make the same competition once more: rules, files, tiers, answer key; no team, file or score."""
    with grading_context(data) as context:
        source = context.db.read(lambda session: competition_named(session, competition))

        def course_of(session: Session) -> Course:
            return (
                session.get_one(Course, source.course_id)
                if into is None
                else courses.course_named(session, into)
            )

        copy = cloning.clone_competition(
            context,
            competition=source,
            into=context.db.read(course_of),
            slug=slug,
            title=title,
            order=order_of(first_day, thresholds),
        )
        ring(context, copy)
    typer.echo(clone_line(copy))


@app.command()
def archive(competition: Slug, reason: Why, data: DataDir = None) -> None:
    """Put a competition into the archive: readable as ever, and nothing is taken any more."""
    with open_database(settings_for(data)) as db:
        db.write(
            lambda session: archiving.archive(
                session,
                competition=competition_named(session, competition),
                reason=reason,
                by=COMMAND_LINE,
                now=utc_now(),
            )
        )
    typer.echo(f"{competition} is archived.")


@app.command()
def unarchive(competition: Slug, reason: Why, data: DataDir = None) -> None:
    """Take a competition out of the archive."""
    with open_database(settings_for(data)) as db:
        db.write(
            lambda session: archiving.unarchive(
                session,
                competition=competition_named(session, competition),
                reason=reason,
                by=COMMAND_LINE,
                now=utc_now(),
            )
        )
    typer.echo(f"{competition} is archived no more.")


@contextmanager
def grading_context(data: Path | None) -> Iterator[GradingContext]:
    """What grades files, for commands that enter predictions again; refusals are printed."""
    settings = settings_for(data)
    with open_database(settings) as db:
        context = GradingContext(db=db, store=FileStore(settings.files_dir), settings=settings)
        try:
            yield context
        finally:
            context.close()


def order_of(first_day: datetime, thresholds: cloning.Thresholds) -> Order:
    """An order of the command line: the baselines' own account carries the runs."""
    return Order(first_day.date(), thresholds, COMMAND_LINE, utc_now())


def ring(context: GradingContext, copy: ClonedCompetition) -> None:
    """Wake a worker for the runs that were asked for."""
    bell = Bell(context.settings)
    for run_id in copy.run_ids:
        bell.ring(run_id)


def clone_line(copy: ClonedCompetition) -> str:
    """A clone in a line."""
    row = copy.competition
    thresholds = f"thresholds stand for {', '.join(copy.entered) or 'no tier'}"
    runs = f", {len(copy.run_ids)} runs are asked for" if copy.run_ids else ""
    times = f"{local_text(row.opens_at, row.reset_zone)} to {local_text(row.deadline_at, row.reset_zone)}"
    return f"{row.slug} stands, {times}; {thresholds}{runs}."
