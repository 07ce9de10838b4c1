"""What one connection may cost: a bounded head, no standing still, and a place among so many.

uvicorn has no bound on a request's head and closes no connection before its first answer, so that anybody
could fill the memory with one head, or every place with silence. Each connection looks at itself once a
second. When all places are taken, the one that has kept us waiting for longest gives way to a new one, a head
before a body, so silent strangers cannot keep students out.
"""

from asyncio import BaseTransport, TimerHandle
from dataclasses import dataclass
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.logs import logger_of

HEAD_MOST = 32_768  # bytes of a request's line and headers; ours take some hundreds, a proxy's some more
LEAST = 16_384  # bytes that a body, or a client who reads an answer, moves on by in every `still_seconds`
GLANCE_SECONDS = 1.0
log = logger_of(__name__)

_ANSWER = (
    b"HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Connection: close\r\n\r\n%s"
)


def _answer(status: bytes, sentence: bytes) -> bytes:
    return _ANSWER % (status, len(sentence), sentence)


HEAD_TOO_LARGE = _answer(
    b"431 Request Header Fields Too Large",
    b"The head of this request is larger than %d bytes. Delete this site's cookies, and try again."
    % HEAD_MOST,
)
HEAD_TOO_SLOW = _answer(b"408 Request Timeout", b"The head of this request did not come in time. Try again.")
BODY_TOO_SLOW = _answer(b"408 Request Timeout", b"The body of this request stood still. Send it again.")
NO_PLACE = _answer(b"503 Service Unavailable", b"The server has no place left. Try again in a few seconds.")


@dataclass(frozen=True)
class Bounds:
    """What the connections of one process may take.

    connections: how many there may be; head_seconds: until a head is there, from the connection's beginning
    or from the first byte of a later head; still_seconds: in which a body has to move on.
    """

    connections: int = 1000
    head_seconds: float = 15.0
    still_seconds: float = 30.0


@dataclass
class _Flow:
    """Bytes that have to move on: how many had when the time was last looked at, and when they must again."""

    due: float
    moved: int = 0


class Connection(HttpToolsProtocol):
    """uvicorn's connection, within bounds."""

    bounds = Bounds()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_due: float | None = None
        self._head_size = 0
        self._body: _Flow | None = None
        self._received, self._body_since = 0, 0.0
        self._writing: _Flow | None = None
        self._close_due: float | None = None
        self._glance_timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Take a place, which the slowest may have to leave for it; without one, refuse."""
        super().connection_made(cast("Any", transport))
        self._begin_head()
        self._glance_timer = self.loop.call_later(GLANCE_SECONDS, self._glance)
        if len(self.connections) > self.bounds.connections and not self._takes_a_place():
            log.warning("a connection was refused: no place is left", connections=len(self.connections))
            self._close(NO_PLACE)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the place."""
        if self._glance_timer is not None:
            self._glance_timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass on what came; refuse a head that grows beyond its bound before it is complete."""
        if self._body is None and self._head_due is None and self._is_answered():
            self._begin_head()
        if self._head_due is not None:
            self._head_size += len(data)
        super().data_received(data)
        if self._head_due is not None and self._head_size > HEAD_MOST and not self.transport.is_closing():
            self._refuse_head()

    def on_message_begin(self) -> None:
        """A head begins, be it behind a request that is not answered yet."""
        if self._head_due is None:
            self._begin_head()
        self._head_size = max(1, self._head_size)  # what stood behind another request is not counted
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Begin to answer a request whose head is whole and not too large."""
        self._head_size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if self._head_size > HEAD_MOST:
            raise ValueError(f"a head of {self._head_size} bytes")  # `send_400_response` answers
        self._head_due = None
        self._body_since, self._received = self.loop.time(), 0
        self._body = _Flow(self._body_since + self.bounds.still_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what came of the body, and pass it on."""
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is whole: from here on the server is the one to be waited for."""
        self._body, self._head_size = None, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer to what is no request; a head that is too large is told so."""
        if self._head_due is not None and self._head_size > HEAD_MOST:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        """The client reads slower than we write: from here on it has to move on."""
        self._writing = _Flow(self.loop.time() + self.bounds.still_seconds, -self._unsent())
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has read most of it."""
        self._writing = None
        super().resume_writing()

    def _begin_head(self) -> None:
        self._head_due, self._head_size = self.loop.time() + self.bounds.head_seconds, 0

    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def _waiting_since(self) -> tuple[bool, float] | None:
        """A key to order those for whom we wait: heads before bodies, the longest wait first; else None."""
        if self.transport.is_closing() or (self._head_due is None and self._body is None):
            return None
        if self._head_due is not None:
            return False, self._head_due
        return True, self._body_since

    def _takes_a_place(self) -> bool:
        """Whether another connection could be closed, the one that has kept us waiting for longest."""
        others = (each for each in cast("set[Connection]", self.connections) if each is not self)
        waiting = [(since, each) for each in others if (since := each._waiting_since()) is not None]
        if not waiting:
            return False
        min(waiting, key=lambda pair: pair[0])[1].transport.abort()
        return True

    def _glance(self) -> None:
        self._glance_timer = self.loop.call_later(GLANCE_SECONDS, self._glance)
        now = self.loop.time()
        if self._writing is not None and self._stands_still(self._writing, -self._unsent(), now):
            self.transport.abort()
        elif self.transport.is_closing():
            self._close_due = self._close_due or now + self.bounds.still_seconds
            if now >= self._close_due:
                self.transport.abort()
        elif self._head_due is not None and now >= self._head_due:
            self._close(HEAD_TOO_SLOW if self._head_size else b"")
        elif self._body is not None and self._stands_still(self._body, self._received, now):
            log.warning("a body stood still", received=self._received, path=self.scope["path"])
            self._close(b"" if self.cycle.response_started else BODY_TOO_SLOW)

    def _stands_still(self, flow: _Flow, moved: int, now: float) -> bool:
        """Whether too little has moved in the time that is over; begins the next one otherwise.

        While we read no further ourselves, the client cannot be blamed.
        """
        if now < flow.due:
            return False
        if moved - flow.moved < LEAST and not self.flow.read_paused:
            return True
        flow.due, flow.moved = now + self.bounds.still_seconds, moved
        return False

    def _refuse_head(self) -> None:
        log.warning("a head was too large", size=self._head_size)
        self._close(HEAD_TOO_LARGE)

    def _close(self, answer: bytes) -> None:
        if answer:
            self.transport.write(answer)
        self.transport.close()


def connection_within(bounds: Bounds) -> type[Connection]:
    """The class of connections that keep these bounds."""
    return type("BoundedConnection", (Connection,), {"bounds": bounds})
