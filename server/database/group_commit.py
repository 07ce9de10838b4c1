"""One thread that owns SQLite's only writing connection, and commits what has queued up together.

Each piece of work runs in a savepoint of its own, so that one which fails takes no other with it. To
SQLAlchemy that savepoint is the transaction: it begins, commits and rolls back a piece as it would on any
connection, and the group's transaction around them, the only one with an fsync, is begun and committed here.
Nobody is told of success before that commit is on the disk. Measured by benchmarks/commits.py.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from server.database.file_turns import WriterTurn

T = TypeVar("T")
GROUP_MOST = 64  # pieces of work that share a commit; with more, the first of them would wait
Runner = Callable[[Callable[[Session], Any], Connection, bool], Any]


class PieceConnection(sqlite3.Connection):
    """A connection on which a transaction is a piece: a savepoint within the group's transaction."""

    BEGIN = "SAVEPOINT piece"

    def commit(self) -> None:
        """Keep what the piece has done, for the group's commit."""
        self.execute("RELEASE piece")

    def rollback(self) -> None:
        """Undo what the piece has done; nothing where no group has begun, as when a pool tries it."""
        if self.in_transaction:
            self.execute("ROLLBACK TO piece")
            self.execute("RELEASE piece")


@dataclass(frozen=True)
class _Piece:
    work: Callable[[Session], Any]
    private: bool
    future: "Future[Any]"


class GroupCommit:
    """A queue of writes and the thread that commits them in groups."""

    def __init__(self, engine: Engine, run: Runner) -> None:
        self._engine = engine
        self._turn = WriterTurn(Path(str(engine.url.database)))
        self._run = run
        self._queue: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Session], T], private: bool) -> "Future[T]":
        """A future of `work`'s result, which is set after the commit."""
        if self._closed:
            raise RuntimeError("the database is closed")
        future: Future[T] = Future()
        # a caller that goes away must not undo a write that others share
        future.set_running_or_notify_cancel()
        self._queue.put(_Piece(work, private, future))
        return future

    def close(self) -> None:
        """Commit what is queued and end the thread."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._engine.dispose()
        self._turn.close()

    def _serve(self) -> None:
        while (piece := self._queue.get()) is not None:
            group = [piece]
            last = self._gather(group)
            self._commit(group)
            if last:
                return

    def _gather(self, group: list[_Piece]) -> bool:
        while len(group) < GROUP_MOST:
            try:
                piece = self._queue.get_nowait()
            except queue.Empty:
                return False
            if piece is None:
                return True
            group.append(piece)
        return False

    def _commit(self, group: list[_Piece]) -> None:
        outcomes: list[tuple[_Piece, Any, BaseException | None]] = []
        try:
            with self._turn.hold(), self._engine.connect() as connection, _transaction(connection) as driver:
                for piece in group:
                    _require_open(driver)
                    outcomes.append(self._outcome(piece, connection))
        except (
            Exception
        ) as error:  # disk full, database locked by another process: nobody was told of success yet
            outcomes = [(piece, None, error) for piece in group]
        for piece, result, failure in outcomes:
            if failure is not None:
                piece.future.set_exception(failure)
            else:
                piece.future.set_result(result)

    def _outcome(self, piece: _Piece, connection: Connection) -> tuple[_Piece, Any, BaseException | None]:
        try:
            return piece, self._run(piece.work, connection, piece.private), None
        except Exception as error:  # handed to the caller by its future
            return piece, None, error


@contextmanager
def _transaction(connection: Connection) -> Iterator[PieceConnection]:
    """The group's transaction; an exception rolls all its pieces back."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, PieceConnection)
    driver.execute("BEGIN IMMEDIATE")
    try:
        yield driver
        _require_open(driver)
        driver.execute("COMMIT")
    finally:
        if driver.in_transaction:
            driver.execute("ROLLBACK")


def _require_open(driver: PieceConnection) -> None:
    """Raise OperationalError once SQLite has rolled the group back by itself, as it does on a full disk."""
    if not driver.in_transaction:
        raise sqlite3.OperationalError("the group's transaction is over: a piece before has filled the disk")
