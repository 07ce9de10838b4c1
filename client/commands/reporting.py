"""The one place where a command's error becomes words and an exit code."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from client.api.errors import ClientError
from client.commands.exits import STOPPED, USAGE, exit_code
from client.language import language
from client.output.formats import JsonOutput, Output
from client.output.terminal import note
from client.variables import QUIET
from grader.messages import Message
from languages.catalogue import ENGLISH

AsJson = Annotated[
    bool, typer.Option("--json", help=Message("Print one JSON value instead of tables, for programs."))
]


def output_for(as_json: bool) -> Output:
    """The way to speak that the caller asked for."""
    if as_json:
        return JsonOutput()
    from client.output.tables import Tables  # a program does without the tables and what they load

    return Tables(is_quiet=os.environ.get(QUIET, "") not in ("", "0"))


def language_for(as_json: bool) -> str:
    """The language that the server is asked to answer in: programs read English everywhere."""
    return ENGLISH if as_json else language()


@contextmanager
def reported(output: Output) -> Iterator[None]:
    """Run the block; show a ClientError in its own words and leave with its exit code."""
    try:
        yield
    except typer.Abort:
        # Ctrl-C at a question; left to typer it would end with 1, which here means an invalid file.
        raise typer.Exit(STOPPED) from None
    except ClientError as error:
        output.refusal(error)
        raise typer.Exit(exit_code(error)) from None
    except OSError as error:
        # A folder that cannot be written or a full disk: this machine's trouble, not the server's.
        note(f"{error.filename or 'splitboard'}: {error.strerror or error}")
        raise typer.Exit(USAGE) from None
