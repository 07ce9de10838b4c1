"""A small real HTTP server that gives prepared answers and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Answer:
    """What to say to one request: a JSON body, or bytes as they are."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Cut(Answer):
    """Take the whole request, then hang up without a word."""


@dataclass(frozen=True)
class HalfSent(Answer):
    """Announce the whole body, send half of it, hang up."""


@dataclass(frozen=True)
class Asked:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class StubServer(ThreadingHTTPServer):
    """Answers each route with its prepared answers in turn; the last one stays."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def prepare(self, method: str, path: str, *answers: Answer) -> None:
        """Say these answers, one a request, to this method and path."""
        self._answers[method, path] = list(answers)

    def next_answer(self, request: Asked) -> Answer:
        self.asked.append(request)
        waiting = self._answers.get((request.method, request.path))
        if not waiting:
            missing = {
                "code": "not_found",
                "message": f"Nothing prepared for {request.method} {request.path}.",
            }
            return Answer(404, {"error": {**missing, "details": {}}})
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def asked_of(self, method: str, path: str) -> list[Asked]:
        """The requests that came for this method and path, in order."""
        return [one for one in self.asked if (one.method, one.path) == (method, path)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StubServer

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.next_answer(
            Asked(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), headers, body)
        )
        if isinstance(answer, Cut):
            self.close_connection = True
            return
        payload = b"" if answer.status == 204 else answer.payload()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if isinstance(answer, HalfSent):
            self.close_connection = True
            payload = payload[: len(payload) // 2]
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *words: object) -> None:
        """Stay silent."""


@contextmanager
def running() -> Iterator[StubServer]:
    """A server on a free port, for the length of the block."""
    with StubServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
