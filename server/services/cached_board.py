"""A board that is kept: its rows, and the bytes of its JSON, made when somebody asks for them."""

import gzip
import json
import time
from dataclasses import dataclass, field
from functools import cached_property

import zstandard

from grader.messages import translated
from languages.catalogue import templates
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.veil import SeenRows
from server.preferences import preferences
from server.serializers import boards as boards_json
from server.serializers.boards import BoardHeadJson, BoardRowJson, LeaderboardJson

GZIP_LEVEL, ZSTD_LEVEL = 6, 6
AGE = b"board-age-ms"


@dataclass
class LastLook:
    """When a board was last known to be the newest, by a clock that never jumps."""

    at: float = field(default_factory=time.monotonic)

    @property
    def seconds_ago(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self.at


@dataclass(frozen=True)
class CachedBoard:
    """One board at one revision, in one language, for one audience: rows, and JSON plain and compressed.

    etag: names these bytes. rows: those that everybody of the audience reads, as the bytes have them. whole:
    all rows, from which a viewer's own part is cut, and nothing else of it shown. last_look: what tells the
    board's age. Pages need rows alone, so that the bytes are made for the first who asks for them.
    """

    revision: int
    etag: str
    head: BoardHeadJson
    rows: list[BoardRow]
    whole: list[BoardRow]
    language: str
    last_look: LastLook = field(default_factory=LastLook, compare=False)

    @cached_property
    def plain(self) -> bytes:
        """The whole board as JSON."""
        rows, catalogue = boards_json.board_rows(self.rows), templates(self.language)
        listed = [row if _is_in_no_language(row) else translated(row, catalogue) for row in rows]
        return to_json({**self.head, "rows": listed, "next": None})

    @cached_property
    def gzip(self) -> bytes:
        """The same, compressed."""
        return gzip.compress(self.plain, GZIP_LEVEL, mtime=0)

    @cached_property
    def zstd(self) -> bytes:
        """The same, compressed by the newer way."""
        return zstandard.compress(self.plain, ZSTD_LEVEL)

    @property
    def is_packed(self) -> bool:
        """Whether the bytes are made."""
        return {"gzip", "zstd"} <= self.__dict__.keys()

    def pack(self) -> "CachedBoard":
        """Make the bytes, beside the event loop; itself."""
        _ = self.gzip, self.zstd
        return self

    @cached_property
    def seen(self) -> SeenRows:
        """The rows as the veil leaves them."""
        return SeenRows(self.whole, self.rows)

    def encoded(self, accept: str) -> tuple[bytes, str | None]:
        """The bytes for an Accept-Encoding header, and the encoding's name."""
        names = preferences(accept.lower())
        if "zstd" in names:
            return self.zstd, "zstd"
        if "gzip" in names:
            return self.gzip, "gzip"
        return self.plain, None

    def headers(self, encoding: str | None, length: int | None = None) -> list[tuple[bytes, bytes]]:
        """The answer's head, as ASGI wants it; without a length for an answer that has no body."""
        headers = head_of(self.etag, age=self.last_look.seconds_ago)
        if encoding is not None:
            headers.append((b"content-encoding", encoding.encode()))
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        return headers


def head_of(etag: str, *, age: float = 0.0) -> list[tuple[bytes, bytes]]:
    """The head of an answer with a board, as ASGI wants it. age: of the board, in seconds."""
    return [
        (b"etag", etag.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Accept-Encoding, Accept-Language, Authorization, Cookie"),
        (b"content-type", b"application/json"),
        (b"x-content-type-options", b"nosniff"),
        (AGE, str(int(age * 1000)).encode()),
    ]


def _is_in_no_language(row: BoardRowJson) -> bool:
    return row["tier"] is None and type(row["team"]) is str


def to_json(value: LeaderboardJson) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
