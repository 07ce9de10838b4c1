"""splitboard standings check"""

import typer

from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.boards import standings

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.callback()
def group() -> None:
    """Keep `check` a word of its own, since there may be others."""


@app.command()
def check(data: DataDir = None) -> None:
    """Compare every kept standing with what the submissions say; exit status 1 if one differs."""
    with open_database(settings_for(data)) as db:
        differences = db.read(standings.all_differences, private=True)
    for difference in differences:
        typer.secho(difference, fg="red", err=True)
    if differences:
        raise typer.Exit(1)
    typer.echo("Every kept standing is what the submissions say.")
