"""`splitboard receipt ID`: the signed receipt of a submission, as a file."""

from pathlib import Path
from typing import Annotated

import typer

from client.api.downloads import sha256_of
from client.commands.application import Application
from client.commands.reporting import AsJson
from client.commands.student import SubmissionId, asking
from client.output.views import DownloadedFile
from grader.messages import Message

app = Application()


@app.command()
def receipt(
    submission: SubmissionId,
    to: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help=Message("Where to put it; default: receipt-ID.json.")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the signed receipt of a submission; `splitboard verify` checks it, without the server, too."""
    from client.proofs.receipts import keep_document

    with asking(as_json) as (api, output):
        path = to or Path(f"receipt-{submission}.json")
        keep_document(api, api.signed_receipt(submission), path)
        size, sha256 = path.stat().st_size, sha256_of(path)
        output.downloaded(
            [DownloadedFile(name=path.name, path=str(path), size=size, sha256=sha256, was_here=False)]
        )
