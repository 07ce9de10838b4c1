"""splitboard migrate"""

import typer

from server.commands.terminal import DataDir, clear_words, settings_for
from server.migrate import upgrade

app = typer.Typer(add_completion=False)


@app.command()
def migrate(data: DataDir = None) -> None:
    """Bring the database to the newest schema; `serve` and `demo` do so by themselves."""
    with clear_words():
        upgrade(settings_for(data).url)
    typer.echo("The database has the newest schema.")
