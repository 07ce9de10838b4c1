"""What a stranger's connection may cost, on a real socket."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from server.processes import connections
from server.processes.connections import HEAD_MOST, Bounds, connection_within
from server.processes.serving import bounds
from server.settings import Settings

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
BOUNDS = Bounds(connections=16, head_seconds=0.3, still_seconds=0.3)


async def echo_size(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the body's size, as an application that reads all of it."""
    size = 0
    while (message := await receive())["type"] == "http.request":
        size += len(message["body"])
        if not message["more_body"]:
            break
    else:
        return
    body = str(size).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """A server with small bounds."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listener:
        patch.setattr(connections, "GLANCE_SECONDS", 0.02)
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            echo_size, http=connection_within(BOUNDS), lifespan="off", ws="none", log_config=None
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield listener.getsockname()
        server.should_exit = True
        thread.join()


@pytest.fixture
def sockets(address: tuple[str, int]) -> Iterator["Strangers"]:
    """Connections to it, closed at the end."""
    with ExitStack() as stack:
        yield Strangers(address, stack)


class Strangers:
    """Opens connections and reads what comes back."""

    def __init__(self, address: tuple[str, int], stack: ExitStack) -> None:
        self._address, self._stack = address, stack

    def connect(self, data: bytes = b"") -> socket.socket:
        """A connection on which this was sent."""
        stranger = self._stack.enter_context(socket.create_connection(self._address, timeout=20))
        stranger.sendall(data)
        return stranger


def until_closed(stranger: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    try:
        while part := stranger.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def test_a_head_beyond_the_cap_is_refused_before_it_is_whole(sockets: Strangers) -> None:
    answer = until_closed(sockets.connect(b"GET / HTTP/1.1\r\nX-A: " + b"a" * (HEAD_MOST + 1)))

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"larger than 32768 bytes" in answer


@pytest.mark.parametrize("line", [b"X-A: " + b"a" * HEAD_MOST, b"X-A: a\r\n" * (HEAD_MOST // 4)])
def test_a_whole_head_beyond_the_cap_is_refused_also_behind_another_request(
    sockets: Strangers, line: bytes
) -> None:
    large = b"GET / HTTP/1.1\r\n" + line.removesuffix(b"\r\n") + b"\r\n\r\n"

    assert until_closed(sockets.connect(large)).startswith(b"HTTP/1.1 431 ")
    assert b"HTTP/1.1 431 " in until_closed(sockets.connect(REQUEST + large))


def test_a_head_below_the_cap_is_answered(sockets: Strangers) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * (HEAD_MOST - 100) + b"\r\n\r\n"

    assert sockets.connect(head).recv(65536).startswith(b"HTTP/1.1 200 ")


def test_silence_and_half_a_head_are_closed_be_it_the_first_or_the_second(sockets: Strangers) -> None:
    starts = [b"", b"\r\n", b"GET / HT", REQUEST[:-2], REQUEST + REQUEST[:9]]
    served = sockets.connect(REQUEST)
    assert served.recv(65536).startswith(b"HTTP/1.1 200 ")

    served.sendall(b"\r\n")
    answers = [until_closed(each) for each in [served, *map(sockets.connect, starts)]]

    assert [b"HTTP/1.1 408 " in answer for answer in answers] == [True, False, True, True, True, True]


def test_a_body_that_stands_still_is_cut_off_and_one_that_moves_is_not(sockets: Strangers) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
    still, moving = sockets.connect(head + b"a" * 20_000), sockets.connect(head)

    for _ in range(10):
        moving.sendall(b"a" * 20_000)
        time.sleep(0.05)  # ten of these are longer than a body may stand still

    assert b"\r\n\r\n200000" in moving.recv(65536)
    assert until_closed(still).startswith(b"HTTP/1.1 408 ")


def test_when_all_places_are_taken_the_longest_silence_gives_way(sockets: Strangers) -> None:
    silent = [sockets.connect(b"GET") for _ in range(BOUNDS.connections)]

    answer = sockets.connect(REQUEST).recv(65536)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"" in [until_closed(each) for each in silent]


def test_the_bound_leaves_descriptors_for_everything_else() -> None:
    settings = Settings(connections=1000)

    assert bounds(settings, descriptors=65_536).connections == 1000
    assert bounds(settings, descriptors=1024).connections == 824
    assert bounds(settings, descriptors=64).connections == 16
