"""A client that costs next to nothing: one kept-alive connection, HTTP/1.1, bytes that were made before.

What it measures is the server, so it does no more than to find where an answer ends.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

END = b"\r\n\r\n"
LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True)
class RawAnswer:
    """What came: the status, the head in lower case, the body."""

    status: int
    head: bytes
    body: bytes

    def field(self, name: bytes) -> bytes:
        """A field of the head, empty where there is none; its name in lower case."""
        _, mark, rest = self.head.partition(b"\r\n" + name + b":")
        return rest.split(b"\r\n", 1)[0].strip() if mark else b""


class Wire(asyncio.Protocol):
    """A connection on which one request after the other is answered."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[RawAnswer] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Hand the answer over once it is whole."""
        self._buffer += data
        end = self._buffer.find(END)
        if end < 0 or self._answer is None:
            return
        head = bytes(self._buffer[: end + 2]).lower()
        _, mark, rest = head.partition(LENGTH)
        size = int(rest.split(b"\r\n", 1)[0]) if mark else 0
        stop = end + len(END) + size
        if len(self._buffer) < stop:
            return
        answer = RawAnswer(int(head[9:12]), head, bytes(self._buffer[end + len(END) : stop]))
        del self._buffer[:stop]
        waiting, self._answer = self._answer, None
        if not waiting.done():
            waiting.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits that no answer will come."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server closed the connection"))

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> RawAnswer:
        """Send a request, and wait for its answer. Raises ConnectionResetError."""
        if self._transport is None:
            raise ConnectionResetError("the connection is closed")
        self._buffer.clear()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Wire:
    """A connection to a server on this machine."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    return wire
