"""Whose turn it is to write, among the processes that share a SQLite file.

SQLite lets a process that waits for the write lock try again after ever longer naps; one that commits without
pause takes the lock back in between, and the others may wait for half a minute and then fail. Two file locks
let them take turns: who waits for the second lock holds the first, and so stands before whoever comes back.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriterTurn:
    """The two locks beside a database file; the kernel drops them when their process dies."""

    def __init__(self, database: Path) -> None:
        self._next = database.with_name(database.name + ".next").open("w")
        self._now = database.with_name(database.name + ".now").open("w")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for our turn and hold it; for one thread of a process at a time."""
        fcntl.flock(self._next, fcntl.LOCK_EX)
        fcntl.flock(self._now, fcntl.LOCK_EX)
        fcntl.flock(self._next, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._now, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the locks back."""
        self._next.close()
        self._now.close()
