"""splitboard migrate"""

import typer

from server.commands.refusals import print_refusals
from server.commands.terminal import DataDir, settings_for
from server.services.schema import upgrade

app = typer.Typer(add_completion=False)


@app.command()
def migrate(data: DataDir = None) -> None:
    """Bring the database to the newest schema; `serve` and `demo` do so by themselves."""
    settings = settings_for(data)
    with print_refusals():
        upgrade(settings.url)
    typer.echo("The database has the newest schema.")
