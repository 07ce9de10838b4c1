"""splitboard tidy"""

from datetime import timedelta
from typing import Annotated

import typer

from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.files.file_store import FileStore
from server.services.privacy import erasure

app = typer.Typer(add_completion=False)
LISTED = 20


@app.command()
def tidy(
    apply: Annotated[bool, typer.Option("--apply", help="Remove them; without it, only tell.")] = False,
    hours: Annotated[
        float, typer.Option(min=0.1, help="Leave what was kept within so many hours: its row may come.")
    ] = 24.0,
    data: DataDir = None,
) -> None:
    """Tell which stored files nothing refers to, such as those of deleted persons, and remove them."""
    settings = settings_for(data)
    age = timedelta(hours=hours)
    with open_database(settings) as db:
        store = FileStore(settings.files_dir)
        litter = erasure.litter(db, store, older_than=age)
        for file in litter.orphans[:LISTED]:
            typer.echo(f"{file.sha256}  {file.size:,} bytes")
        if len(litter.orphans) > LISTED:
            typer.echo(f"and {len(litter.orphans) - LISTED} more")
        typer.echo(
            f"{len(litter.orphans)} files that nothing refers to, {litter.leftovers} leftovers of uploads, "
            f"{litter.size:,} bytes together."
        )
        if not apply:
            typer.echo("Nothing was removed; --apply removes them.")
            return
        count = erasure.tidy(store, litter.orphans, older_than=age)
    typer.echo(f"{count} removed.")
