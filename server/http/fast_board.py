"""A short way to a board for those who refresh it: one query by keys, then bytes that are already there.

It stands before the router and answers one request only: a GET of a whole board, by somebody who may see it,
whose bytes at the present revision are in the cache. Everything else goes on to
`server/api/boards/leaderboard.py`, which makes the bytes and knows how to refuse. SQLite alone: there a query
by key costs less than a thread's switch. Measured by benchmarks/boards.py.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from typing import get_args

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.database.database import EPOCH, Database
from server.domain.people import secrets
from server.services.board_cache import BoardCache, CachedBoard, Split

PATH = re.compile(rf"/api/competitions/([a-z0-9-]+)/leaderboard/({'|'.join(get_args(Split))})")
BEARER = """
select user_id from api_tokens
where sha256 = ? and kind = 'personal' and revoked_at is null and created_at <= ?
"""
VISITOR = "select user_id from web_sessions where sha256 = ? and expires_at > ?"
QUERY = """
select c.id, r.public, r.private, c.reveal_at, u.is_admin or m.role in ('ta', 'instructor')
from competitions c
join board_revisions r on r.competition_id = c.id
join users u on u.id = ({who}) and u.is_active
left join members m on m.course_id = c.course_id and m.user_id = u.id and m.is_active
where c.slug = ?
  and (u.is_admin or m.role in ('ta', 'instructor') or (m.role = 'student' and c.opens_at <= ?))
"""
BY_BEARER, BY_VISITOR = QUERY.format(who=BEARER), QUERY.format(who=VISITOR)


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
        row = self._board_row(slug, headers, now)
        if row is None:
            return None
        competition_id, public, private, reveal_at, is_staff = row
        if split == "public":
            return self._boards.in_memory(competition_id, "public", public)
        if is_staff or now >= reveal_at:
            return self._boards.in_memory(competition_id, "private", private)
        return None

    def _board_row(self, slug: str, headers: Headers, now: int) -> tuple[int, int, int, int, int] | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        row: tuple[int, int, int, int, int] | None
        if scheme.lower() == "bearer":
            row = self._db.first_row(BY_BEARER, (secrets.sha256_of(token.strip()), now, slug, now))
            return row
        morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        if scheme or morsel is None:
            return None
        row = self._db.first_row(BY_VISITOR, (secrets.sha256_of(morsel.value), now, slug, now))
        return row


async def _send(send: Send, board: CachedBoard, headers: Headers) -> None:
    if headers.get("if-none-match") == board.etag:
        await send({"type": "http.response.start", "status": 304, "headers": board.headers(None)})
        await send({"type": "http.response.body", "body": b""})
        return
    body, encoding = board.encoded(headers.get("accept-encoding", ""))
    await send({"type": "http.response.start", "status": 200, "headers": board.headers(encoding, len(body))})
    await send({"type": "http.response.body", "body": body})
