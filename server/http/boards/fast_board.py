"""A short way to a board for those who refresh it: one query by keys, then bytes that are already there.

It stands before the router and answers one request only: a GET of a whole board, by somebody who may see it,
whose bytes are in the cache, of the present revision or hardly older. Everything else goes on to
`server/api/boards/leaderboard.py`, which makes the bytes and knows how to refuse. SQLite alone: there a query
by key costs less than a thread's switch. Measured by benchmarks/boards.py.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import get_args

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from languages.catalogue import ENGLISH
from server.database.database import EPOCH, Database
from server.database.driver_query import driver_query
from server.domain.boards.veil import Audience
from server.domain.competitions.board_access import boards_seen_by
from server.domain.people.accounts import credentials, secrets, tokens
from server.http import etags
from server.http.languages import of_headers
from server.services.board_cache import BoardCache, Split, revision_named
from server.services.cached_board import CachedBoard, LastLook

PATH = re.compile(rf"/api/competitions/([a-z0-9-]+)/leaderboard/({'|'.join(get_args(Split))})")
PARAMETERS = ("sha256", "slug", "now")
BY_BEARER = driver_query(boards_seen_by(tokens.BEARER_ID), parameters=PARAMETERS)
BY_VISITOR = driver_query(boards_seen_by(credentials.VISITOR_ID), parameters=PARAMETERS)
Seen = tuple[int, int, int, int, int]


class BoardDoor:
    """An ASGI application in front of another one, to which it passes what it does not answer."""

    def __init__(
        self, app: ASGIApp, *, db: Database, boards: BoardCache, cookie: str, clock: Callable[[], datetime]
    ) -> None:
        self._app = app
        self._db = db
        self._boards = boards
        self._cookie = cookie
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the cache, or pass the request on."""
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            headers = Headers(scope=scope)
            board = self._visible_board(scope["path"], headers)
            if board is not None:
                await _send(send, board, headers)
                return
        await self._app(scope, receive, send)

    def _visible_board(self, path: str, headers: Headers) -> CachedBoard | None:
        match = PATH.fullmatch(path)
        if match is None or not self._db.is_sqlite:
            return None
        slug, split = match.groups()
        now = (self._clock() - EPOCH) // timedelta(microseconds=1)
        look = LastLook()
        row = self._board_row(slug, headers, now)
        if row is None:
            return None
        competition_id, public, private, sees_private, is_veiled = row
        if split == "private" and not sees_private:
            return None
        audience = Audience.VEILED if is_veiled else Audience.OPEN
        language = of_headers(cookie_parser(headers.get("cookie", "")), headers) or ENGLISH
        of_split: Split = "private" if split == "private" else "public"
        board = self._boards.at_hand(
            (competition_id, of_split, language, audience),
            private if of_split == "private" else public,
            look,
            least=revision_named(headers.get("if-none-match"), competition_id, of_split),
        )
        return board if board is not None and board.is_packed else None

    def _board_row(self, slug: str, headers: Headers, now: int) -> Seen | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        row: Seen | None
        if scheme.lower() == "bearer":
            row = self._db.first_row(BY_BEARER, (secrets.sha256_of(token.strip()), slug, now))
            return row
        secret = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        if scheme or secret is None:
            return None
        row = self._db.first_row(BY_VISITOR, (secrets.sha256_of(secret), slug, now))
        return row


async def _send(send: Send, board: CachedBoard, headers: Headers) -> None:
    if etags.is_known(headers.get("if-none-match"), board.etag):
        await send({"type": "http.response.start", "status": 304, "headers": board.headers(None)})
        await send({"type": "http.response.body", "body": b""})
        return
    body, encoding = board.encoded(headers.get("accept-encoding", ""))
    await send({"type": "http.response.start", "status": 200, "headers": board.headers(encoding, len(body))})
    await send({"type": "http.response.body", "body": body})
