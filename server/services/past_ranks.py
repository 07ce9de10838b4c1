"""Ranks of a past instant, read once for each revision of a board and kept until the next one.

Public ranks alone: what stood on the public board then, everybody could see.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeGuard

from server.database.database import Database
from server.domain.boards import moves

Since = Literal["day", "hour"]
Key = tuple[int, Since]


@dataclass(frozen=True)
class RanksThen:
    """The ranks by team of the instant `then`, as a board of this revision tells them."""

    revision: int
    then: datetime
    ranks: Mapping[int, int]


@dataclass
class PastRanks:
    """The ranks that this process has read last, of each competition: of a day's begin and of an hour ago."""

    db: Database
    _ranks: dict[Key, RanksThen] = field(default_factory=dict)
    _reading: dict[Key, asyncio.Lock] = field(default_factory=dict)

    async def at(
        self, competition_id: int, since: Since, then: datetime, *, revision: int
    ) -> Mapping[int, int]:
        """The ranks of the instant `then` for the board of `revision`: one request reads, others wait."""
        key = (competition_id, since)
        latest = self._ranks.get(key)
        if _is_of(latest, then, revision):
            return latest.ranks
        async with self._reading.setdefault(key, asyncio.Lock()):
            latest = self._ranks.get(key)
            if _is_of(latest, then, revision):
                return latest.ranks
            ranks = await self.db.aread(
                lambda session: moves.ranks_at(session, competition_id=competition_id, then=then)
            )
            self._ranks[key] = RanksThen(revision, then, ranks)
            return ranks


def _is_of(latest: RanksThen | None, then: datetime, revision: int) -> TypeGuard[RanksThen]:
    return latest is not None and latest.then == then and latest.revision >= revision
