"""The people of a load: what they send, and the tally of what came of it."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks.campus import PASSWORD, Campus
from benchmarks.load.wire import RawAnswer, Wire, connect
from server.http.deps import COOKIE
from tests.support import tiny_homework

UPLOADS = "/api/competitions/tiny/submissions"
BITS = 30  # rows by whose labels one file differs from all others
TRIES = 40  # of a request whose server dies
AGAIN_SECONDS = 0.25
REACHED = frozenset({200, 201, 303, 304})


@dataclass
class Tally:
    """Seconds by kind of request, and by kind and reason what failed."""

    times: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    repeated: int = 0  # sent again after a connection broke

    def all_times(self) -> list[float]:
        """The seconds of all requests."""
        return [each for times in self.times.values() for each in times]


class Files:
    """Predictions for the campus' rows, each file another one, made from one by a few labels."""

    def __init__(self, rows: int) -> None:
        self._first = bytearray(tiny_homework.predictions(rows, accuracy=0.7, seed=1))
        self._places = [at - 1 for at, byte in enumerate(self._first) if byte == ord("\n")][1 : 1 + BITS]

    def number(self, number: int) -> bytes:
        """The file of this number."""
        data = bytearray(self._first)
        for bit, place in enumerate(self._places):
            data[place] = ord("d" if number >> bit & 1 else "c")
        return bytes(data)


@dataclass
class Person:
    """A student with one connection, who asks one thing after the other."""

    campus: Campus
    name: str
    port: int
    tally: Tally
    _wire: Wire | None = None
    _etags: dict[str, str] = field(default_factory=dict)

    async def read(
        self, path: str, kind: str, *, by_page: bool = False, since: float | None = None
    ) -> RawAnswer:
        """Get a path over the API, or as a page; conditionally, where an earlier answer was named.

        since: when it was due, from which on it is measured.
        """
        secret = f"Cookie: {COOKIE}={self.campus.cookies[self.name]}"
        if not by_page:
            secret = f"Authorization: Bearer {self.campus.tokens[self.name]}"
        head = [f"GET {path} HTTP/1.1", "Host: localhost", "Accept-Encoding: gzip", secret]
        if path in self._etags:
            head.append(f"If-None-Match: {self._etags[path]}")
        answer = await self._timed(kind, "\r\n".join([*head, "", ""]).encode(), since)
        if etag := answer.field(b"etag"):
            self._etags[path] = etag.decode()
        return answer

    async def upload(self, data: bytes, *, key: str, since: float | None = None) -> int:
        """Upload a file, again where its server died meanwhile; the submission's id. Raises RuntimeError."""
        request = (
            f"POST {UPLOADS} HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {key}\r\n"
            f"Authorization: Bearer {self.campus.tokens[self.name]}\r\nContent-Length: {len(data)}\r\n\r\n"
        ).encode() + data
        answer = await self._timed("upload", request, since)
        if answer.status not in (200, 201):
            raise RuntimeError(f"upload: {answer.status} {answer.body[:200]!r}")
        return int(json.loads(answer.body)["id"])

    async def sign_in(self, *, since: float | None = None) -> RawAnswer:
        """Sign in with the password, as the form does."""
        body = urlencode({"username": self.name, "password": PASSWORD, "next": "/"})
        request = (
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
        return await self._timed("sign-in", request.encode(), since)

    async def _timed(self, kind: str, request: bytes, since: float | None) -> RawAnswer:
        """The answer, noted with its time; asked for again while a server that died is missing."""
        began = since or time.perf_counter()
        for _ in range(TRIES):
            answer = await self._answer(request)
            if answer.status:
                break
            self.tally.repeated += 1
            await asyncio.sleep(AGAIN_SECONDS)
        if answer.status in REACHED:
            self.tally.times[kind].append(time.perf_counter() - began)
        else:
            self.tally.failures[f"{kind}: {answer.status or 'no answer'}"] += 1
        return answer

    async def _answer(self, request: bytes) -> RawAnswer:
        try:
            if self._wire is None or not self._wire.is_open:
                self._wire = await connect(self.port)
            answer = await self._wire.ask(request)
        except OSError as error:
            self._wire = None
            return RawAnswer(0, b"", str(error).encode())
        if answer.field(b"connection") == b"close":
            self.hang_up()
        return answer

    def hang_up(self) -> None:
        """Close the connection."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
