"""What most commands share: the option that names the data folder, and the database while a command runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from server import logs
from server.commands.refusals import print_refusals
from server.database.database import Database
from server.domain.errors import Invalid
from server.domain.files.owner_only import close_to_others
from server.services.schema import begin
from server.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the database and the files; default: SPLITBOARD_DATA_DIR."),
]


def settings_for(data_dir: Path | None) -> Settings:
    """The settings of the environment, with this data folder where one was named; bad ones are printed.

    The data folder is made where it is not there, and closed to everybody but its owner.
    """
    with print_refusals():
        try:
            settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
        except ValidationError as error:
            faults = [
                f"SPLITBOARD_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
                for fault in error.errors()
            ]
            raise Invalid("\n".join(faults)) from error
        close_to_others(settings.data_dir)
    return settings


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The installation's database, made where there is none yet, closed at the end; refusals are printed."""
    logs.configure("warning")
    with print_refusals():
        begin(settings.url)
        db = Database(settings.url)
        try:
            yield db
        finally:
            db.close()
