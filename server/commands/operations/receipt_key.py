"""splitboard receipt-key show | rotate"""

import base64

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit import trail as audit
from server.domain.audit.actor import COMMAND_LINE
from server.domain.submissions.receipt_keys import ReceiptKeys

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def show(data: DataDir = None) -> None:
    """List the keys of receipts, the one that signs first; nothing secret is printed."""
    settings = settings_for(data)
    with open_database(settings):
        for key in ReceiptKeys(settings.receipt_keys_dir).public(utc_now()):
            state = "signs" if key.retired_at is None else f"retired {key.retired_at}"
            typer.echo(f"{key.id}  {base64.b64encode(key.public).decode()}  made {key.made_at}  {state}")


@app.command()
def rotate(data: DataDir = None) -> None:
    """Sign with a new key from now on. Receipts of the earlier one stay good: its public half is kept."""
    settings = settings_for(data)
    now = utc_now()
    with open_database(settings) as db:
        key = ReceiptKeys(settings.receipt_keys_dir).rotate(now)
        db.write(
            lambda session: audit.record(
                session, audit.Act("receipt_key_rotated", key.id), by=COMMAND_LINE, now=now
            )
        )
    typer.echo(f"Receipts are signed with the key {key.id} from now on; running servers know it at once.")
