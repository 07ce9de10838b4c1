"""A wire between a client and a server that can be cut once, in the middle of an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PIECE = 1 << 14


@dataclass
class Wire:
    """Leads from a port of its own to the server's. cut_after: bytes of an answer, once; None for never."""

    server_port: int
    cut_after: int | None = None
    passed: int = 0  # bytes of answers
    _listener: socket.socket = field(default_factory=socket.socket)

    @property
    def port(self) -> int:
        """Where it listens."""
        number: int = self._listener.getsockname()[1]
        return number

    def listen(self) -> None:
        """Take connections until the listener is closed."""
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.server_port))
                for source, sink, is_answer in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._pump, args=(source, sink, is_answer), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        count = 0
        with suppress(OSError):
            while data := source.recv(PIECE):
                count += len(data) if is_answer else 0
                self.passed += len(data) if is_answer else 0
                if is_answer and self.cut_after is not None and count > self.cut_after:
                    self.cut_after = None
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to this port, while the block runs."""
    wire = Wire(port)
    wire.listen()
    try:
        yield wire
    finally:
        wire.close()
