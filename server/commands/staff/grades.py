"""splitboard grades"""

from pathlib import Path
from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.competitions.named import competition_named
from server.domain.grades import report as grades

app = typer.Typer(add_completion=False)


@app.command()
def export(
    slug: Annotated[str, typer.Argument(help="The competition's slug.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    data: DataDir = None,
) -> None:
    """Write every student's points, and the scores and submissions that earned them."""
    with open_database(settings_for(data)) as db:
        rows = db.read(
            lambda session: grades.grades_of(session, competition=competition_named(session, slug)),
            private=True,
        )
        out.write_bytes(grades.to_csv(rows))
        db.write(
            lambda session: grades.record_export(
                session, competition=competition_named(session, slug), by=COMMAND_LINE, now=utc_now()
            )
        )
    typer.echo(f"{len(rows)} students in {out}")
