"""`splitboard points`: my points of a course."""

from typing import Annotated

import typer

from client.commands.application import Application
from client.commands.reporting import AsJson
from client.commands.student import asking
from client.courses import only_course
from grader.messages import Message

app = Application()


@app.command()
def points(
    course: Annotated[
        str,
        typer.Argument(metavar="COURSE", help=Message("The course's slug; where you are in one, that one.")),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show your points of a course: earned, sealed until a reveal, still to be had, and what is missing."""
    with asking(as_json) as (api, output):
        output.points(api.points(course or only_course(api)))
