"""How long a metric may compute: what a file decides of its cost ends at a limit, and not when it pleases.

A metric that goes through rows one by one, in Python, takes them from `in_time`, which looks at the clock
before a row, unless it did within the last hundredth of a second. What numpy or Arrow does in one go takes
seconds at most for a file of the greatest size. The clock is that of the thread's own work, so that a busy
machine refuses no file.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 0.01  # between two looks: the thread's own clock is a call of the system, and the wall's none
SCORE_SECONDS = 60.0  # of the processor, for one split; as long as a custom metric has
_end: ContextVar[float | None] = ContextVar("end", default=None)


class TookTooLong(Exception):
    """A metric was not done at its limit; never leaves the grader."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong from `in_time` in this block once this thread has computed so many seconds in it."""
    token = _end.set(time.thread_time() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def in_time(rows: Iterable[T]) -> Iterator[T]:
    """The rows, one by one, while there is time. Raises TookTooLong when there is none."""
    end = _end.get()
    if end is None:
        yield from rows
        return
    next_look = 0.0
    for row in rows:
        now = time.monotonic()
        if now >= next_look:
            if time.thread_time() > end:
                raise TookTooLong
            next_look = now + LOOK_SECONDS
        yield row
