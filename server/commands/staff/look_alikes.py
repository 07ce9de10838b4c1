"""splitboard look-alikes"""

from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.competitions.named import competition_named
from server.domain.files.file_store import FileStore
from server.services.look_alikes import run

app = typer.Typer(add_completion=False)


@app.command()
def compare(
    slug: Annotated[str, typer.Argument(help="The competition's slug.")],
    data: DataDir = None,
) -> None:
    """Compare all teams' files with each other; the page Look-alikes then shows the report."""
    settings = settings_for(data)
    with open_database(settings) as db:
        competition = db.read(lambda session: competition_named(session, slug))
        report = run(db, FileStore(settings.files_dir), competition=competition, now=utc_now())
    typer.echo(
        f"{report['files_compared']:,} files of {report['teams']:,} teams, "
        f"{report['pairs_compared']:,} pairs, "
        f"{len(report['probing'])} series of small edits, {len(report['shared'])} shared files, "
        f"in {report['seconds']:.1f} s. The page Look-alikes has the report."
    )
