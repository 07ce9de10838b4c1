"""Engines of the two databases, each of which refuses private scores to a session that may not see them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext

from server.database.private_tables import PrivateScoresGuarded, names_private

BUSY_SECONDS = 30  # how long SQLite waits for another process' commit
THREADS = 16  # reads side by side, and writes on PostgreSQL; its pool has as many connections


def sqlite_engine(url: str, *, begin: str, factory: type[sqlite3.Connection] = sqlite3.Connection) -> Engine:
    """An engine whose transactions start with `begin`; WAL, and an fsync for each commit.

    Its errors, which are logged, do not tell what a statement was given: names, texts, hashes of tokens.
    """
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False, "factory": factory}
    engine = create_engine(url, connect_args=arguments, pool_size=THREADS, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: object) -> None:
        connection.isolation_level = None  # transactions start where we say, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute(begin)  # past SQLAlchemy, which would make a statement of it for every transaction

    _guard(engine)
    return engine


def postgres_engine(url: str) -> Engine:
    """An engine that checks a connection before it lends it out: a restarted server costs no request."""
    engine = create_engine(url, pool_pre_ping=True, pool_size=THREADS, max_overflow=4, hide_parameters=True)

    @event.listens_for(engine, "handle_error")
    def _withhold_row(context: ExceptionContext) -> None:
        # PostgreSQL quotes the whole row that it refuses: "DETAIL: Failing row contains (...)".
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                error.args = (str(error.args[0]).split("\nDETAIL:")[0], *error.args[1:])

    _guard(engine)
    return engine


def _guard(engine: Engine) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _refuse_private(
        connection: Connection,
        cursor: object,
        statement: str,
        parameters: object,
        context: object,
        many: bool,
    ) -> None:
        if not connection.info.get("private") and names_private(statement):
            raise PrivateScoresGuarded(f"this session may not see private scores: {statement[:200]}")


@contextmanager
def unguarded(engine: Engine) -> Iterator[Connection]:
    """A connection for migrations and the tests' oracle, which may name every table."""
    with engine.begin() as connection:
        connection.info["private"] = True
        try:
            yield connection
        finally:
            connection.info["private"] = False
