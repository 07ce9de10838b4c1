"""`splitboard submit`: upload a file, or each new one of a folder."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from client.api.errors import Misuse
from client.api.types.competitions import Competition
from client.commands.application import Application
from client.commands.exits import STOPPED
from client.commands.reporting import AsJson
from client.commands.student import Slug, asking
from client.commands.watching import Sending, check_offline, watch_folder
from client.output.terminal import is_confirmed, note
from grader.messages import Message, joined

app = Application()
Predictions = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, metavar="FILE", help=Message("CSV, or gzip or zip of it.")),
]
Sample = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help=Message("sample_submission.csv, to check offline first.")),
]
Note = Annotated[
    str,
    typer.Option(
        "--message", "-m", "--note", help=Message("A note of at most 500 characters, for your team.")
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=Message("Do not ask before sending."))]
NoOrigin = Annotated[
    bool, typer.Option("--no-origin", help=Message("Do not say which commit of Git this folder is at."))
]
ReceiptFile = Annotated[
    Path | None,
    typer.Option("--receipt", dir_okay=False, help=Message("Keep the signed receipt in this file.")),
]
Watched = Annotated[
    Path | None,
    typer.Option(
        "--watch",
        exists=True,
        file_okay=False,
        metavar="DIR",
        help=Message("Send each new file of this folder, until none is left today."),
    ),
]
Pattern = Annotated[str, typer.Option(help=Message("Which files of the folder, as '*.csv'."))]


@app.command()
def submit(
    slug: Slug,
    file: Predictions = None,
    like: Sample = None,
    message: Note = "",
    yes: Yes = False,
    watch: Watched = None,
    pattern: Pattern = "*.csv",
    no_origin: NoOrigin = False,
    receipt_file: ReceiptFile = None,
    as_json: AsJson = False,
) -> None:
    """Upload predictions; shows public score, rank, tiers passed, and what is left today.

    Exit status 0: scored. 1: the file is invalid. 2: not understood. 3: not signed in or not allowed.
    4: a limit is reached, or the competition is closed. 5: the server or the network failed.
    """
    if receipt_file is not None:
        from client.proofs.receipts import keep  # it needs an extra: asked for before a submission is used
    with asking(as_json) as (api, output):
        if (file is None) == (watch is None):
            raise Misuse(Message("Give a file, or a folder with --watch."))
        if file is not None and like is not None:
            check_offline(file, like=like)
        competition = api.competition(slug)
        sender = Sending(api, output, competition, note=message, like=like, is_plain=no_origin)
        if watch is not None:
            watch_folder(sender, watch, pattern)
            return
        assert file is not None
        if not yes and not as_json and sys.stdin.isatty():
            _confirm(file, competition)
        receipt = sender.send(file)
        if receipt_file is not None:
            keep(api, receipt, receipt_file)
            note(Message("Receipt kept in {file}", file=receipt_file))


def _confirm(file: Path, competition: Competition) -> None:
    question: str = Message("Send {file} to {competition}?", file=file.name, competition=competition.title)
    if competition.today is not None:
        today = competition.today
        left = Message("{left} of {limit} left today.", left=today.left, limit=today.limit)
        question = joined(question, left)
    if not is_confirmed(question, default=True):
        raise typer.Exit(STOPPED)
