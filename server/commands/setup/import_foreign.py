"""splitboard import-competition"""

import secrets
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from server.clock import utc_now
from server.commands.terminal import DataDir, open_database, settings_for
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.errors import Invalid
from server.domain.files.file_store import FileStore
from server.domain.people import courses
from server.domain.setup.homework_box import slug_of
from server.models import Draft
from server.services.setup import foreign, foreign_folder
from server.services.setup.foreign import Foreign
from server.settings import Settings

app = typer.Typer(add_completion=False)


@app.command()
def import_competition(
    source: Annotated[
        Path, typer.Argument(help="What a host has at Kaggle, a bundle of Codabench or CodaLab, or a zip.")
    ],
    course: Annotated[str | None, typer.Option(help="The course's slug, for a draft.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write it as a homework folder here, with or without a draft.")
    ] = None,
    slug: Annotated[str | None, typer.Option(help="Its name in addresses; default: the folder's.")] = None,
    metric: Annotated[
        str, typer.Option(help="A metric of the catalogue, instead of the one that is named there.")
    ] = "",
    data: DataDir = None,
) -> None:
    """Carry over a competition of Kaggle, Codabench or CodaLab, and list by name what is not carried over."""
    if course is None and to is None:
        raise Invalid("Say where it goes: --course SLUG for a draft, --to DIR for a homework folder.")
    settings = settings_for(data)
    with open_database(settings) as db:
        competition = foreign.read(settings, source, seed=secrets.token_hex(8), metric=metric)
        if to is not None:
            _write_folder(settings, competition, to)
        draft = None if course is None else _draft(db, competition, course=course, slug=slug)
    for each in competition.parts.left_out:
        typer.echo(f"Not carried over: {each.name}: {each.reason}")
    if draft is not None:
        typer.echo(f"{draft.slug} is a draft of {course}: /courses/{course}/drafts/{draft.id}")


def _write_folder(settings: Settings, competition: Foreign, to: Path) -> None:
    for each in foreign_folder.write(FileStore(settings.files_dir), competition, to, now=utc_now()):
        typer.echo(f"{to} lacks: {each}")
    typer.echo(
        f"{to} is a homework folder: splitboard import-homework {to} --built {to} --course SLUG --no-train"
    )


def _draft(db: Database, competition: Foreign, *, course: str, slug: str | None) -> Draft:
    chosen = slug or slug_of(Path(competition.name)).lower()

    def work(session: Session) -> Draft:
        of = courses.course_named(session, course)
        return foreign.begin(session, competition, slug=chosen, course=of, by=COMMAND_LINE, now=utc_now())

    return db.write(work)
