"""`splitboard code SLUG FILE` hands in code with the final selections; without FILE it lists the versions."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands.application import Application
from client.commands.reporting import AsJson
from client.commands.student import Slug, asking
from grader.messages import Message

app = Application()


@app.command()
def code(
    slug: Slug,
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            metavar="[FILE]",
            help=Message("A .zip, .tar.gz, .ipynb or .py; without it, the versions are listed."),
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hand in your team's code with the final selections, or list what was handed in.

    The newest version counts, and all are kept. Exit status as of `splitboard submit`.
    """
    with asking(as_json) as (api, output):
        competition = api.competition(slug)
        if file is None:
            output.code(api.code(slug), competition)
            return
        with output.progress(Message("Sending {file}", file=file.name)) as advance:
            entered = api.hand_in_code(slug, file, progress=advance)
        output.handed_in(entered, competition)
