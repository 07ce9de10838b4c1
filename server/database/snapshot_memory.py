"""What was read of a database, remembered for as long as nothing in it has changed.

For values that are the same for many requests: a competition's tiers, its thresholds, what was announced.
No change has to be announced here, and none can be overlooked, also one of another process: a value is used
again only by a read that sees the very state of the whole database in which the value was read. On PostgreSQL
the read's own snapshot says which that is; on SQLite a connection that never writes counts the commits.
A session that may see private scores and one that may not never share a value, and one that writes has none.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy.orm import Session

T = TypeVar("T")
State = int | str  # of a whole database; equal ones are of the same content
MOST = 2000  # values that one process remembers
PIECES_MOST = 400  # large ones, that have a state of their own
SNAPSHOT = "snapshot"  # under which a session's `info` holds what it reads of


FIRST_LOOK = "SELECT 1 FROM sqlite_schema LIMIT 1"  # from any on, a transaction's view is fixed


class StateReader(Protocol):
    """Tells in which state a session sees the database; None where that cannot be said."""

    def __call__(self, session: Session) -> State | None:
        """Ask the database."""


@dataclass
class SnapshotMemory:
    """The values of one process, those that were used last.

    lasting: what outlives a state, since whoever keeps it brings it up to date by themselves.
    """

    lasting: dict[Hashable, Any] = field(default_factory=dict)

    _values: OrderedDict[Hashable, tuple[State, Any]] = field(default_factory=OrderedDict)
    _pieces: OrderedDict[Hashable, tuple[object, Any]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def value(self, key: Hashable, state: State, read: Callable[[], T]) -> T:
        """The value of this state, from memory or read now."""
        with self._lock:
            known = self._values.get(key)
            if known is not None and known[0] == state:
                self._values.move_to_end(key)
                return cast(T, known[1])
        value = read()
        with self._lock:
            self._values[key] = (state, value)
            self._values.move_to_end(key)
            while len(self._values) > MOST:
                self._values.popitem(last=False)
        return value

    def piece(self, key: Hashable, state: object) -> Any:
        """The piece that was kept in this state of its own, or None."""
        with self._lock:
            known = self._pieces.get(key)
            if known is None or known[0] != state:
                return None
            self._pieces.move_to_end(key)
            return known[1]

    def keep_piece(self, key: Hashable, state: object, piece: Any) -> None:
        """Keep a piece in the place of what was kept under its key."""
        with self._lock:
            self._pieces[key] = (state, piece)
            self._pieces.move_to_end(key)
            while len(self._pieces) > PIECES_MOST:
                self._pieces.popitem(last=False)


@dataclass
class Snapshot:
    """What one session reads of: its memory, and its state, asked for once and at the first need."""

    memory: SnapshotMemory
    private: bool
    read_state: StateReader
    _state: State | None = None
    _is_known: bool = False

    def value(self, session: Session, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
        """The value of this session's state."""
        if not self._is_known:
            self._state, self._is_known = self.read_state(session), True
        return read() if self._state is None else self.memory.value((self.private, *key), self._state, read)


def snapshot_of(session: Session) -> Snapshot:
    """What a session reads of, which only reads."""
    snapshot: Snapshot = session.info[SNAPSHOT]
    return snapshot


def remembered(session: Session, key: tuple[Hashable, ...], read: Callable[[], T]) -> T:
    """What `read` returns, which is called again only once something in the database has changed.

    key: a name and all that the value depends on besides the database. The value is shared: nobody changes
    it, and it holds no object of the session.
    """
    snapshot: Snapshot | None = session.info.get(SNAPSHOT)
    return read() if snapshot is None else snapshot.value(session, key, read)


@dataclass(frozen=True)
class Pieces:
    """What is kept of one kind, each piece with a state that says all that it was made from.

    A state is read by the same session as what the piece is made of: a revision, and whatever else decides.
    A piece is shared as a remembered value is; a session that writes keeps none and finds none, nor does one
    whose state is None.
    """

    name: str

    def of(self, session: Session, key: Hashable, state: object) -> Any:
        """The piece of this state, or None."""
        snapshot: Snapshot | None = session.info.get(SNAPSHOT)
        if snapshot is None or state is None:
            return None
        return snapshot.memory.piece((self.name, snapshot.private, key), state)

    def keep(self, session: Session, key: Hashable, state: object, piece: Any) -> None:
        """Keep the piece for whoever reads the same state."""
        snapshot: Snapshot | None = session.info.get(SNAPSHOT)
        if snapshot is not None and state is not None:
            snapshot.memory.keep_piece((self.name, snapshot.private, key), state, piece)

    def of_each(self, session: Session, states: Mapping[int, Any]) -> dict[int, Any]:
        """By key, the pieces that there are of these states."""
        pieces = {key: self.of(session, key, state) for key, state in states.items()}
        return {key: piece for key, piece in pieces.items() if piece is not None}

    def keep_each(
        self, session: Session, states: Mapping[int, object], pieces: Mapping[int, T]
    ) -> Mapping[int, T]:
        """Keep these pieces, each by its state, and return them."""
        for key, piece in pieces.items():
            self.keep(session, key, states.get(key), piece)
        return pieces


class CommitCount:
    """How often a SQLite file has changed, as one connection sees it that never writes."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def now(self) -> int:
        """A number that is another one after each commit of anybody."""
        with self._lock:
            if self._connection is None:
                self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            (number,) = self._connection.execute("PRAGMA data_version").fetchall()[0]
            return int(number)

    def reader(self) -> StateReader:
        """For a transaction that begins after this call.

        SQLite does not say of which commit a transaction reads; where none came between this call and its
        first look, it is the one that was the last before both.
        """
        before = self.now()

        def state(session: Session) -> State | None:
            session.connection().exec_driver_sql(
                "SELECT 1 FROM sqlite_schema LIMIT 1"
            )  # from here on it is fixed
            return before if self.now() == before else None

        return state

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def state_in_postgres(session: Session) -> State | None:
    """Which transactions a session on PostgreSQL sees, which reads of one instant."""
    state: str = session.connection().exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one()
    return state
