"""The database: one way to read, one way to write, the same on SQLite and PostgreSQL.

`read` runs a function that only reads, in a session that is thrown away. `write` runs a function in one
transaction, which is committed when `write` returns. On PostgreSQL each write has a connection of its own. On
SQLite one thread owns the only writing connection and commits whatever has queued up together
(`server/database/group_commit.py`): one fsync for many writers, and no "database is locked". Domain functions
do not notice; what the two databases do differently for them is here: `lock` and `upsert`.

Private scores lie in tables of their own. A statement that names one fails unless the caller may see them.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    Dialect,
    Executable,
    MetaData,
    Select,
    Table,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session

from server.database.engines import THREADS, postgres_engine, sqlite_engine
from server.database.group_commit import GroupCommit, PieceConnection
from server.database.private_tables import PrivateScoresGuarded, guard_table, names_private
from server.database.snapshot_memory import (
    SNAPSHOT,
    CommitCount,
    Snapshot,
    SnapshotMemory,
    state_in_postgres,
)

T = TypeVar("T")
ONE_INSTANT = "REPEATABLE READ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Base(DeclarativeBase):
    """The base of all tables; every constraint gets a predictable name, which migrations rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PrivateTable(Base):
    """The base of the tables that only a session which may see private scores can name."""

    __abstract__ = True

    def __init_subclass__(cls, **options: Any) -> None:
        """Let the guard know the table's name."""
        guard_table(cls.__tablename__)
        super().__init_subclass__(**options)


def table_of(model: type[Base]) -> Table:
    """A model's table, for statements that load no objects: those of the way of a submission."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


class UtcMicros(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole microseconds since 1970: exact and alike on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Instant to microseconds; a naive datetime is a bug and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: pass an aware one")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Microseconds to instant."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Database:
    """Reads and writes for one process; `close` ends its threads and connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = sqlite_engine(url, begin="BEGIN") if self.is_sqlite else postgres_engine(url)
        # what a read sees is of one instant, on PostgreSQL too, where each statement would see its own
        self._snapshots = (
            self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=ONE_INSTANT)
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self._group_commit: GroupCommit | None = None
        self._key_reader: sqlite3.Connection | None = None
        self._memory = SnapshotMemory()
        self._commits = CommitCount(str(make_url(url).database)) if self.is_sqlite else None
        if self.is_sqlite:
            writer = sqlite_engine(url, begin=PieceConnection.BEGIN, factory=PieceConnection)
            self._group_commit = GroupCommit(writer, run_guarded)

    def read(self, work: Callable[[Session], T], *, private: bool = False) -> T:
        """What `work(session)` returns, all of one instant.

        `work` only reads: changes belong into `write`, past which SQLite has no second writer. `private` lets
        it see private scores.
        """
        state = state_in_postgres if self._commits is None else self._commits.reader()
        snapshot = Snapshot(self._memory, private, state)
        with self._snapshots.connect() as connection:
            return run_guarded(work, connection, private, snapshot)

    def rehearse(
        self, work: Callable[[Session, Callable[[], None]], T], *, tables: Sequence[str], private: bool
    ) -> T:
        """What `work(session, copy_tables)` returns, and nothing of what it changes is kept.

        After it has called `copy_tables`, what it changes in these tables happens to copies of them that it
        alone sees, so nobody waits for it. On both databases a temporary table stands before one of the same
        name. One snapshot for everything.
        """
        with self._snapshots.connect() as connection:
            driver: Any = connection.connection.driver_connection
            transaction = connection.begin()
            if not self.is_sqlite:
                threshold, driver.prepare_threshold = driver.prepare_threshold, None  # else: the real table

            def copy_tables() -> None:
                for name in tables:
                    statement = f"CREATE TEMPORARY TABLE {name} AS SELECT * FROM {name}"  # noqa: S608  # our own
                    connection.exec_driver_sql(statement)

            try:
                return run_guarded(lambda session: work(session, copy_tables), connection, private)
            finally:
                transaction.rollback()
                if not self.is_sqlite:
                    driver.prepare_threshold = threshold

    def write(self, work: Callable[[Session], T], *, private: bool = False) -> T:
        """What `work(session)` returns, once it is committed; an exception rolls it back and is raised."""
        if self._group_commit is not None:
            return self._group_commit.submit(work, private).result()
        with self.engine.begin() as connection:
            return run_guarded(work, connection, private)

    async def aread(self, work: Callable[[Session], T], *, private: bool = False) -> T:
        """`read` in a thread, for routes that run in the event loop."""
        return await asyncio.wrap_future(self._threads.submit(self.read, work, private=private))

    async def aread_by_key(self, work: Callable[[Session], T], *, private: bool = False) -> T:
        """`read` for a few queries by key: on SQLite in the event loop, since a thread would cost more."""
        if self.is_sqlite:
            return self.read(work, private=private)
        return await self.aread(work, private=private)

    async def awrite(self, work: Callable[[Session], T], *, private: bool = False) -> T:
        """`write` without a thread waiting for it on SQLite, and in a thread on PostgreSQL."""
        if self._group_commit is not None:
            future: Future[T] = self._group_commit.submit(work, private)
        else:
            future = self._threads.submit(self.write, work, private=private)
        return await asyncio.wrap_future(future)

    def first_row(self, query: str, values: tuple[str | int, ...]) -> Any:
        """The first row of a query by keys, or None: SQLite alone, without the cost of a session."""
        if self._key_reader is None:
            path = str(make_url(self.url).database)
            self._key_reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        if names_private(query):
            raise PrivateScoresGuarded(query)
        return self._key_reader.execute(query, values).fetchone()

    def close(self) -> None:
        """Finish what is queued, then end threads and connections."""
        if self._group_commit is not None:
            self._group_commit.close()
        if self._key_reader is not None:
            self._key_reader.close()
        if self._commits is not None:
            self._commits.close()
        self._threads.shutdown()
        self.engine.dispose()


def run_guarded(
    work: Callable[[Session], T], connection: Connection, private: bool, snapshot: Snapshot | None = None
) -> T:
    """Run `work` in a session on `connection`, in a savepoint where a transaction is open already.

    snapshot: what the session reads of, where it only reads.
    """
    connection.info["private"] = private
    try:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            session.info[SNAPSHOT] = snapshot
            result = work(session)
            session.commit()
            return result
    finally:
        connection.info["private"] = False


def execute(
    session: Session, statement: Executable, values: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """Run a Core statement on the session's connection, at half the cost of `session.execute`.

    That looks for objects to load.
    """
    return session.connection().execute(statement, values)


def lock(session: Session, rows: Select[Any], values: dict[str, int]) -> Any:
    """Hold the rows of a SELECT ... FOR UPDATE until the transaction ends: what the first one says, or None.

    On SQLite whoever writes is alone already, and nothing is asked.
    """
    return execute(session, rows, values).scalar() if may_wait(session) else None


def may_wait(session: Session) -> bool:
    """Whether a lock may have been waited for, so that what was read before it must be read again."""
    return session.get_bind().dialect.name != "sqlite"


def upsert(table: Table) -> postgresql.Insert:
    """An insert into `table` that may say `on_conflict_do_update`: SQLite takes PostgreSQL's words for it."""
    return postgresql.insert(table)
