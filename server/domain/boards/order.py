"""The orders in which a board can be read; its ranks are the same in each."""

from collections.abc import Callable, Sequence
from typing import Any

from server.domain.boards.leaderboard import BoardRow
from server.domain.texts.order_words import OrderWord


class Sort(OrderWord):
    """What the rows stand by; a minus turns the order around."""

    RANK = "rank"
    RANK_DOWN = "-rank"
    TEAM = "team"
    TEAM_DOWN = "-team"
    SUBMISSIONS = "submissions"
    SUBMISSIONS_DOWN = "-submissions"
    RECEIVED = "received"
    RECEIVED_DOWN = "-received"


_KEYS: dict[str, Callable[[BoardRow], Any]] = {
    "team": lambda row: row.team.casefold(),
    "submissions": lambda row: row.submissions,
    "received": lambda row: row.received_at,
}


def ordered(rows: Sequence[BoardRow], sort: Sort) -> list[BoardRow]:
    """The rows in this order; equal ones stand by rank. Thresholds stand between ranks alone."""
    if sort.column == "rank":
        return list(reversed(rows)) if sort.is_down else list(rows)
    teams = [row for row in rows if row.tier is None]
    return sorted(teams, key=_KEYS[sort.column], reverse=sort.is_down)
