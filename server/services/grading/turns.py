"""How many files of one user a process reads at once: a body costs memory until it is graded or refused."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Lock

from server.domain.errors import TooManyUploads

AT_ONCE = 2  # files of one user that a process reads side by side
WAIT_SECONDS = 10.0  # for the user's other files, before one more is refused
GLANCE_SECONDS = 0.05


class Turns:
    """Who is sending files to this process, and how many."""

    def __init__(self) -> None:
        self._senders: Counter[int] = Counter()
        self._lock = Lock()

    @asynccontextmanager
    async def one(self, user_id: int) -> AsyncIterator[None]:
        """A turn of this user for as long as the block runs; TooManyUploads when their others do not end."""
        end = time.monotonic() + WAIT_SECONDS
        while not self._begin(user_id):
            if time.monotonic() >= end:
                raise TooManyUploads
            await asyncio.sleep(GLANCE_SECONDS)
        try:
            yield
        finally:
            self._end(user_id)

    def _begin(self, user_id: int) -> bool:
        with self._lock:
            if self._senders[user_id] >= AT_ONCE:
                return False
            self._senders[user_id] += 1
            return True

    def _end(self, user_id: int) -> None:
        with self._lock:
            self._senders[user_id] -= 1
            if not self._senders[user_id]:
                del self._senders[user_id]
