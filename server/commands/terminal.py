"""What all commands share: options, the database for as long as a command runs, and how a refusal is printed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from server.db import Database
from server.domain.errors import DomainError
from server.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the database and the files; default: SPLITBOARD_DATA_DIR."),
]


def settings_for(data_dir: Path | None) -> Settings:
    """The settings of the environment, with this data folder where one was named."""
    if data_dir is None:
        return Settings()
    return Settings(data_dir=data_dir)


@contextmanager
def clear_words() -> Iterator[None]:
    """Turn a refusal into its message on standard error, and exit status 1; Ctrl-C into 130."""
    try:
        yield
    except DomainError as refusal:
        typer.secho(refusal.message, fg="red", err=True)
        raise typer.Exit(1) from None
    except ValidationError as error:
        wrong = [f"SPLITBOARD_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        typer.secho("\n".join(wrong), fg="red", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The installation's database, closed at the end; refusals are printed."""
    with clear_words():
        db = Database(settings.url)
        try:
            yield db
        finally:
            db.close()
