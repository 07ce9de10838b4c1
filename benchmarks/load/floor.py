"""What the generator of loads can do by itself: the same people against a server that answers at once."""

import asyncio
import multiprocessing
import socket
import time
from dataclasses import dataclass
from typing import cast

import uvloop

from benchmarks.load.wire import Wire, connect

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nok"
REQUEST = b"GET /competitions/tiny HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + b"b" * 60 + b"\r\n\r\n"
CONNECTIONS = 200


@dataclass(frozen=True)
class Generator:
    """How many requests a second the generator sends at most, and its microseconds for each."""

    rate: float
    microseconds: float


class _AtOnce(asyncio.Protocol):
    """Answers whatever comes in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self._transport.write(ANSWER)


def _serve(listener: socket.socket) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(_AtOnce, sock=listener, backlog=1024)
        await server.serve_forever()

    uvloop.run(forever())


async def _ask(wire: Wire, until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        await wire.ask(REQUEST)
        count += 1
    wire.close()
    return count


async def _rate(port: int, seconds: float) -> Generator:
    wires = [await connect(port) for _ in range(CONNECTIONS)]
    began, cpu = time.perf_counter(), time.process_time()
    counts = await asyncio.gather(*(_ask(wire, began + seconds) for wire in wires))
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    return Generator(sum(counts) / wall, used / sum(counts) * 1e6)


def generator_alone(seconds: float) -> Generator:
    """Measure it for so many seconds, against a process of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        process = multiprocessing.get_context("fork").Process(target=_serve, args=(listener,), daemon=True)
        process.start()
        try:
            return uvloop.run(_rate(listener.getsockname()[1], seconds))
        finally:
            process.kill()
            process.join()
