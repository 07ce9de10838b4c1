"""splitboard import-competition"""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.setup.homework_box import slug_of
from server.services.setup import foreign

app = typer.Typer(add_completion=False)


@app.command()
def import_competition(
    source: Annotated[
        Path, typer.Argument(help="A host's folder of Kaggle's, a bundle of Codabench's, or a zip of one.")
    ],
    course: Annotated[str, typer.Option(help="The course's slug.")],
    slug: Annotated[str | None, typer.Option(help="Its name in addresses; default: the folder's.")] = None,
    metric: Annotated[
        str, typer.Option(help="A metric of the catalogue, instead of the one that is named there.")
    ] = "",
    data: DataDir = None,
) -> None:
    """Make a draft of a competition of Kaggle or Codabench, and list by name what is not carried over."""
    settings = settings_for(data)
    with open_database(settings) as db:
        of = db.read(lambda session: courses.course_named(session, course))
        competition = foreign.read(settings, source, seed=secrets.token_hex(8), metric=metric)
        chosen = slug or slug_of(Path(competition.name)).lower()
        draft = db.write(
            lambda session: foreign.begin(
                session, competition, slug=chosen, course=of, by=COMMAND_LINE, now=utc_now()
            )
        )
    for each in competition.parts.left_out:
        typer.echo(f"Not carried over: {each.name}: {each.reason}")
    typer.echo(f"{draft.slug} is a draft of {course}: /courses/{course}/drafts/{draft.id}")
