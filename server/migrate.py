"""Bringing a database to the newest schema, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from server import models

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for one database; there is no ini file to keep in step."""
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    found.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return found


def upgrade(url: str) -> None:
    """Apply every migration that is missing; SQLite's folder is made when it is not there."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and where.database:
        Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(config(url), "head")


def downgrade(url: str, revision: str) -> None:
    """Go back to `revision`; 'base' is the empty database."""
    command.downgrade(config(url), revision)


def drift(url: str) -> list[str]:
    """What the models have and the migrated database has not, or the other way round; empty when they
    agree."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return [str(difference) for difference in compare_metadata(context, models.Base.metadata)]
    finally:
        engine.dispose()
