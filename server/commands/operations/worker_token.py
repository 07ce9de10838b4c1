"""splitboard worker-token"""

from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.people.accounts import worker_account as worker_accounts

app = typer.Typer(add_completion=False)


@app.command()
def worker_token(
    name: Annotated[str, typer.Argument(help="Where the token is used, such as the GPU machine's name.")],
    data: DataDir = None,
) -> None:
    """Make a token for a worker on another machine; it is shown this once."""
    with open_database(settings_for(data)) as db:
        secret = db.write(lambda session: worker_accounts.worker_token(session, name=name, now=utc_now()))
    typer.echo(secret)
