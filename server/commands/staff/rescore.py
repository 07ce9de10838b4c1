"""splitboard rescore start | list | grade | preview | apply | undo | cancel"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions.named import competition_named
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.domain.rescores.preview import StudentChange, to_csv
from server.models import Competition
from server.services.grading.context import GradingContext
from server.services.rescores import acts as rescore_acts
from server.services.rescores.worker import work_on

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
Slug = Annotated[str, typer.Argument(help="The competition's slug.")]
Number = Annotated[int, typer.Argument(help="The rescore's number; `list` shows it.")]
Why = Annotated[str, typer.Option(help="Why; students read it of a rescore that is applied or undone.")]
KeyFile = Annotated[Path | None, typer.Option(help="A new answer key, CSV; default: the present one.")]
MetricFile = Annotated[Path | None, typer.Option(help="metric.py of a custom metric.")]


@contextmanager
def open_rescoring(slug: str, data: Path | None) -> Iterator[tuple[GradingContext, Competition]]:
    """What grades, and the competition; refusals are printed."""
    settings = settings_for(data)
    with open_database(settings) as db:
        context = GradingContext(db=db, store=FileStore(settings.files_dir), settings=settings)
        try:
            yield context, db.read(lambda session: competition_named(session, slug))
        finally:
            context.close()


@app.command()
def start(
    slug: Slug,
    reason: Why,
    key: KeyFile = None,
    metric: Annotated[str | None, typer.Option(help="Another metric, by name.")] = None,
    arguments: Annotated[str | None, typer.Option(help='Its settings as JSON, such as {"k": 5}.')] = None,
    metric_file: MetricFile = None,
    higher_is_better: Annotated[
        bool | None, typer.Option("--higher-is-better/--lower-is-better", help="Of a custom metric.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Check another answer key or metric, and begin a rescore; a running server grades it."""
    with open_rescoring(slug, data) as (context, competition):
        change = KeyChange(
            key=None if key is None else key.read_bytes(),
            metric=metric,
            metric_arguments=None if arguments is None else settings_of(arguments),
            metric_file=None if metric_file is None else metric_file.read_bytes(),
            higher_is_better=higher_is_better,
        )
        rescore = rescore_acts.start(
            context, competition=competition, change=change, reason=reason, by=COMMAND_LINE
        )
    typer.echo(
        f"Rescore {rescore.id} of {slug} has begun: {rescore.total:,} files. A running server grades them; "
        f"`splitboard rescore grade {slug} {rescore.id}` does it here."
    )


def settings_of(text: str) -> dict[str, Any]:
    """A metric's settings; raises Invalid for what is no JSON object."""
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise Invalid(f"--arguments is not JSON: {error}.") from error
    if not isinstance(settings, dict):
        raise Invalid('--arguments must be a JSON object, such as {"k": 5}.')
    return settings


@app.command(name="list")
def show_all(slug: Slug, data: DataDir = None) -> None:
    """Every rescore of the competition, the newest first."""
    with open_rescoring(slug, data) as (context, competition):
        entries = context.db.read(lambda session: rescores.of_competition(session, competition.id))
    for entry in entries:
        row = entry.rescore
        progress = f"{row.done:,} of {row.total:,}"
        typer.echo(
            f"{row.id:>4}  version {entry.before.version} to {entry.after.version}  "
            f"{row.state.value:9}  {progress}  {row.reason}{' ' + row.error if row.error else ''}"
        )


@app.command()
def grade(slug: Slug, number: Number, data: DataDir = None) -> None:
    """Grade a rescore's files here and now, unless a server does already."""
    with open_rescoring(slug, data) as (context, competition):
        context.db.read(
            lambda session: rescores.get(session, competition_id=competition.id, rescore_id=number)
        )
        lease = timedelta(seconds=context.settings.lease_seconds)
        work_on(context.db, rescore_id=number, lease=lease, settings=context.settings)
    show_all(slug, data)


@app.command()
def preview(
    slug: Slug,
    number: Number,
    out: Annotated[Path | None, typer.Option(help="A CSV file with everybody before and after.")] = None,
    data: DataDir = None,
) -> None:
    """What a rescore would change, or has changed, and for whom."""
    with open_rescoring(slug, data) as (context, competition):
        report = rescore_acts.checked_preview(context, competition_id=competition.id, rescore_id=number)
    for check in report.checks:
        note = "" if check.is_same_again else "  GRADED AGAIN, IT IS NOT WHAT WAS KEPT"
        typer.echo(f"{check.name}: {check.before} to {check.after}{note}")
    for kind, count in report.preview.counts().items():
        typer.echo(f"{kind.replace('_', ' ')}: {count:,}")
    for loss in report.preview.lost:
        typer.echo(f"submission {loss.submission_id} of {loss.team} has no score then: {loss.why}")
    for change in report.preview.changes:
        if change.is_one and change.username:
            typer.echo(line_of(change))
    if out is not None:
        out.write_bytes(to_csv(report.preview.changes))


def line_of(change: StudentChange) -> str:
    """One student's change in a line."""
    old, new = change.before, change.after
    return (
        f"{change.username}: public {old.public.score} to {new.public.score}, rank {old.public.rank} to "
        f"{new.public.rank}; private {old.private.score} to {new.private.score}, rank {old.private.rank} to "
        f"{new.private.rank}; points {old.points} to {new.points}"
    )


@app.command()
def apply(slug: Slug, number: Number, reason: Why, data: DataDir = None) -> None:
    """Switch the boards to a ready rescore's version."""
    with open_rescoring(slug, data) as (context, competition):
        rescore_acts.apply(
            context,
            competition_id=competition.id,
            rescore_id=number,
            reason=reason,
            by=COMMAND_LINE,
            now=context.clock(),
        )
    typer.echo(f"The boards of {slug} show rescore {number} now.")


@app.command()
def undo(slug: Slug, number: Number, reason: Why, data: DataDir = None) -> None:
    """Switch the boards back to the version before an applied rescore."""
    with open_rescoring(slug, data) as (context, competition):
        back = rescore_acts.undo(
            context,
            competition_id=competition.id,
            rescore_id=number,
            reason=reason,
            by=COMMAND_LINE,
            now=context.clock(),
        )
    if back is None:
        typer.echo(f"The boards of {slug} are back at the version before rescore {number}.")
    else:
        typer.echo(f"Much came since, so rescore {back.id} goes back there; apply it when it is ready.")


@app.command()
def cancel(slug: Slug, number: Number, reason: Why, data: DataDir = None) -> None:
    """Give an open rescore up."""
    with open_rescoring(slug, data) as (context, competition):
        context.db.write(
            lambda session: rescores.cancel(
                session,
                competition=competition,
                rescore_id=number,
                reason=reason,
                by=COMMAND_LINE,
                now=context.clock(),
            )
        )
    typer.echo(f"Rescore {number} of {slug} is cancelled.")
