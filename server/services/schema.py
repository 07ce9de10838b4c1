"""Bringing a database to the newest schema, and telling whether it is there."""

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from server import models

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for one database; there is no ini file to keep in step."""
    alembic_config = Config()
    alembic_config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic_config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return alembic_config


def upgrade(url: str, revision: str = "head") -> None:
    """Apply every migration that is missing, all of them or none.

    SQLite's folder is made when it is not there. A SQLite database that holds something is copied beside
    itself first, as `splitboard.db.before-0008`.
    """
    where = make_url(url)
    if where.get_backend_name() != "sqlite" or not where.database:
        command.upgrade(config(url), revision)
        return
    database = Path(where.database)
    database.parent.mkdir(parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.upgrading").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # who comes second finds the new schema, and copies nothing
        if revision == "head":
            _back_up(url, database)
        command.upgrade(config(url), revision)


def begin(url: str) -> None:
    """Make the schema where there is none yet; a database that has one is left as it is."""
    where = make_url(url)
    is_file = where.get_backend_name() == "sqlite" and where.database
    if (is_file and not Path(str(where.database)).exists()) or present(url) is None:
        upgrade(url)


def present(url: str) -> str | None:
    """The revision at which the database is; None for an empty one."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str:
    """The revision that `upgrade` ends at."""
    return str(ScriptDirectory(str(MIGRATIONS)).get_current_head())


def _back_up(url: str, database: Path) -> None:
    if not database.exists() or present(url) in (None, newest()):
        return
    backup = database.with_name(f"{database.name}.before-{newest()}")
    unfinished = backup.with_name(f"{backup.name}.part")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(backup)


def downgrade(url: str, revision: str) -> None:
    """Go back to `revision`; 'base' is the empty database."""
    command.downgrade(config(url), revision)


def drift(url: str) -> list[str]:
    """What the models have and the migrated database has not, or the other way round.

    Empty when they agree.
    """
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return [str(difference) for difference in compare_metadata(context, models.Base.metadata)]
    finally:
        engine.dispose()
