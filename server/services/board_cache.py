"""Boards as bytes: made once for each revision, plain and compressed, and handed out until the next one.

A student's board and the staff's private board are different splits and never share a key, nor do a board for
those who see names and one behind the course's veil.

Where whoever asks may be shown a board that lags, the next one is made beside the one at hand, and nobody
waits for it before that one is older than `lag`. A board is as old as the last look that found it to be of
the newest revision.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Literal, TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from languages.catalogue import ENGLISH
from server.database.database import Database, execute
from server.domain.boards import leaderboard, time_machine, veil
from server.domain.boards.board_index import Overtaken
from server.domain.boards.board_parts import BoardReader
from server.domain.boards.standings import StandingTable
from server.domain.boards.veil import Audience, SeenRows
from server.logs import logger_of
from server.models import BoardRevision, Competition, PrivateStanding, Standing
from server.serializers import boards as boards_json
from server.services.cached_board import CachedBoard, LastLook

T = TypeVar("T")
Split = Literal["public", "private"]
BoardKey = tuple[int, Split, str, Audience]  # the competition's id, the split, the language, for whom
PAST_MOST = 2  # boards of the past recomputed side by side; each reads every submission
PACE = 0.5  # of the lag: how old a board is before the next one is made beside it
TRIES = 5  # of reading a part, where others see a later board than it does; the last one goes its own way
PLACED: dict[Split, StandingTable] = {"public": Standing, "private": PrivateStanding}
_REVISION = select(BoardRevision.public).where(BoardRevision.competition_id == bindparam("competition_id"))
_REVISIONS = {"public": _REVISION, "private": _REVISION.with_only_columns(BoardRevision.private)}
log = logger_of(__name__)


@dataclass
class BoardCache:
    """The newest board of each competition, split and language that this process has served.

    lag: the age in seconds up to which a board is shown to those who may see one that lags.
    """

    db: Database
    lag: float = 0.0
    _boards: dict[BoardKey, CachedBoard] = field(default_factory=dict)
    _making: dict[BoardKey, asyncio.Lock] = field(default_factory=dict)
    _beside: dict[BoardKey, "asyncio.Task[CachedBoard]"] = field(default_factory=dict)
    _past: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PAST_MOST))

    async def board(
        self,
        competition_id: int,
        split: Split,
        *,
        audience: Audience,
        language: str = ENGLISH,
        least: int | None = None,
    ) -> CachedBoard:
        """The board as it is now: from memory when the revision is still the same.

        least: the revision of which it must be, for whoever may see one that lags; by default the newest.
        """
        key: BoardKey = (competition_id, split, language, audience)
        look = LastLook()
        revision = await self.db.aread_by_key(lambda session: _revision(session, competition_id, split))
        board = self.at_hand(key, revision, look, least=revision if least is None else least)
        return board or await self._at_least(key, revision)

    async def packed(self, competition_id: int, split: Split, **options: Any) -> CachedBoard:
        """The same with its bytes."""
        board = await self.board(competition_id, split, **options)
        return board if board.is_packed else await asyncio.to_thread(board.pack)

    def at_hand(self, key: BoardKey, revision: int, look: LastLook, *, least: int = 0) -> CachedBoard | None:
        """The board in memory, if it is of `revision`, or of `least` and not too old; else None.

        Of one that lags the next is made beside it. look: at which `revision` was the newest.
        """
        board = self._boards.get(key)
        if board is None:
            return None
        if board.revision >= revision:
            board.last_look.at = max(board.last_look.at, look.at)
            return board
        age = board.last_look.seconds_ago
        if board.revision < least or age >= self.lag:
            return None
        self._make_beside(key, revision, wait=self.lag * PACE - age)
        return board

    def _make_beside(self, key: BoardKey, revision: int, *, wait: float) -> None:
        task = self._beside.get(key)
        if task is None or task.done():
            self._beside[key] = asyncio.get_running_loop().create_task(self._later(key, revision, wait))
            self._beside[key].add_done_callback(_log_failure)

    async def _later(self, key: BoardKey, revision: int, wait: float) -> CachedBoard:
        await asyncio.sleep(max(0.0, wait))
        board = await self._at_least(key, revision)
        return await asyncio.to_thread(board.pack)

    async def _at_least(self, key: BoardKey, revision: int) -> CachedBoard:
        """The board at `revision` or newer; made by one request while the others wait for it."""
        async with self._making.setdefault(key, asyncio.Lock()):
            board = self._boards.get(key)
            if board is None or board.revision < revision:
                look = LastLook()
                board = await self.db.aread(
                    lambda session: make_board(session, *key), private=key[1] == "private"
                )
                board.last_look.at = look.at
                self._boards[key] = board
            return board

    async def part(
        self, competition_id: int, split: Split, *, audience: Audience, read: Callable[[BoardReader], T]
    ) -> T:
        """What `read` makes of the board as it is now, of which it reads some rows alone."""

        def read_part(session: Session, *, alone: bool) -> T:
            reader = BoardReader.of(
                session, competition_id=competition_id, split=PLACED[split], audience=audience, alone=alone
            )
            return read(reader)

        for _ in range(TRIES):
            with suppress(Overtaken):
                return await self.db.aread(partial(read_part, alone=False), private=split == "private")
        return await self.db.aread(partial(read_part, alone=True), private=split == "private")

    async def past(
        self, competition: Competition, split: Split, then: datetime, *, audience: Audience
    ) -> SeenRows:
        """The rows of the board as it was at the instant `then`. Whoever asks has seen who may."""

        def read(session: Session) -> SeenRows:
            rows = time_machine.board_at(session, competition=competition, split=PLACED[split], then=then)
            return veil.seen(session, rows, competition=competition, audience=audience)

        async with self._past:
            return await self.db.aread(read, private=split == "private")


def _log_failure(task: "asyncio.Task[CachedBoard]") -> None:
    """A board that was made beside another has nobody who waits for it; the next request makes it again."""
    if not task.cancelled() and task.exception() is not None:
        log.error("a board was not made", exc_info=task.exception())


def _revision(session: Session, competition_id: int, split: Split) -> int:
    revision: int = execute(session, _REVISIONS[split], {"competition_id": competition_id}).scalar_one()
    return revision


def etag_of(key: BoardKey, revision: int) -> str:
    """What names the bytes of a board at a revision."""
    competition_id, split, language, audience = key
    own = "" if language == ENGLISH else f"-{language}"
    behind = "" if audience is Audience.OPEN else f"-{audience.value}"
    return f'"{split}-{competition_id}-{revision}{behind}{own}"'


def revision_named(etags: str | None, competition_id: int, split: Split) -> int:
    """The newest revision of this board that ETags of it name; 0 where none does.

    >>> revision_named('"public-3-17-veiled", W/"public-3-9", "public-4-99"', 3, "public")
    17
    """
    pattern = rf'"{split}-{competition_id}-(\d{{1,18}})[-"]'
    return max(map(int, re.findall(pattern, etags or "", re.ASCII)), default=0)


def make_board(
    session: Session,
    competition_id: int,
    split: Split,
    language: str = ENGLISH,
    audience: Audience = Audience.OPEN,
) -> CachedBoard:
    """The board read off the standings, in one transaction with its revision and with its veil."""
    revision = _revision(session, competition_id, split)
    competition = session.get_one(Competition, competition_id)
    rows = leaderboard.board(session, competition=competition, split=PLACED[split])
    seen = veil.seen(session, rows, competition=competition, audience=audience)
    teams = sum(row.tier is None for row in rows)
    head = boards_json.board_head(competition, split=split, revision=revision, teams=teams)
    return CachedBoard(
        revision=revision,
        etag=etag_of((competition_id, split, language, audience), revision),
        head=head,
        rows=seen.listed,
        whole=seen.whole,
        language=language,
    )
