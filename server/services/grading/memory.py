"""A bound on the bytes of files that a process holds at once, however many are on their way.

A file is held whole from its first byte to its score: without a bound, many large ones that come together
would exhaust the machine.
"""

import asyncio
import time
from threading import Lock

from server.domain.errors import TooBusy

WAIT_SECONDS = 10.0  # for others to be done, before an upload is refused
GLANCE_SECONDS = 0.05


class FileMemory:
    """The bytes that all files in flight may take together.

    A file that is alone may take more, so that none is too large for ever.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._lock = Lock()

    @property
    def held(self) -> int:
        """How many bytes are taken now."""
        return self._held

    def lend(self, room: "Room", size: int) -> bool:
        """Let `room` grow by so many bytes, if they fit."""
        with self._lock:
            is_alone = self._held == room.size
            if self._held + size > self._most and not is_alone:
                return False
            self._held += size
            room.size += size
            return True

    def take_back(self, room: "Room") -> None:
        """Let others have what `room` held."""
        with self._lock:
            self._held -= room.size
            room.size = 0


class Room:
    """What one file in flight holds of the process' memory, in bytes."""

    def __init__(self, memory: FileMemory) -> None:
        self._memory = memory
        self.size = 0

    async def grow(self, size: int) -> None:
        """Hold so many bytes more, waiting a while for others to be done; TooBusy when they are not."""
        end = time.monotonic() + WAIT_SECONDS
        while not self._memory.lend(self, size):
            if time.monotonic() >= end:
                raise TooBusy
            await asyncio.sleep(GLANCE_SECONDS)

    def close(self) -> None:
        """Give everything back; safe to repeat."""
        self._memory.take_back(self)
