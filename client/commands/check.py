"""`splitboard check`: apart from the other commands, because it needs the grader and no network."""

from pathlib import Path
from typing import Annotated

import typer

from client.commands.application import Application
from client.commands.reporting import AsJson, output_for, reported
from client.offline import check_file
from grader.messages import Message

app = Application()
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=Message("The predictions."))]
Like = Annotated[
    Path,
    typer.Option(
        "--like", exists=True, dir_okay=False, help=Message("The competition's sample_submission.csv.")
    ),
]


@app.command()
def check(
    file: ExistingFile,
    like: Like,
    metric: Annotated[
        str | None, typer.Option(help=Message("Check for what this metric takes, as rmse."))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find every format problem of a file, offline; nothing is sent and no slot is used.

    Exit status 0: well-formed. 1: it has problems, all of which are listed. 2: the command makes no sense.
    """
    output = output_for(as_json)
    with reported(output):
        output.checked(check_file(file, like=like, metric=metric))
