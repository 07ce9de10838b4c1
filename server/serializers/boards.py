"""The shapes of boards: their rows, and how ranks differ between the two splits."""

from collections.abc import Iterable, Sequence
from math import isnan
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from grader.parted_text import PartedText
from server.clock import iso
from server.domain.boards import veil
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.shake_up import RankMove, ShakeUp
from server.domain.boards.snapshots import Split
from server.domain.boards.tier_ahead import tier_ahead
from server.models import Competition
from server.serializers.values import Time


class BoardRowJson(TypedDict):
    """One standing; a baseline has a tier and no rank, because it marks a threshold and takes no place."""

    rank: int | None
    tied_with: int | None
    team: str
    kind: Literal["student", "baseline"]
    tier: str | None
    hint: str | None
    minutes: float | None
    hardware: str | None
    score: float
    received_at: Time
    submissions: int


class BoardHeadJson(TypedDict):
    """What stands above a board's rows."""

    competition: str
    split: Split
    revision: int
    metric: str
    higher_is_better: bool
    teams: int


class LeaderboardJson(BoardHeadJson):
    """A board, or a page of it; `next` is the cursor of the following page."""

    rows: list[BoardRowJson]
    next: str | None


class PastLeaderboardJson(TypedDict):
    """A whole board as it was at an instant."""

    competition: str
    split: Split
    at: Time
    metric: str
    higher_is_better: bool
    teams: int
    rows: list[BoardRowJson]


class TierAheadJson(TypedDict):
    """The nearest tier above a standing, and by how much its threshold is better."""

    tier: str
    difference: float


class OwnRowJson(TypedDict):
    """The viewer's own standing, null while there is none, and the three before it in the board's order.

    next_tier: null above all tiers that have a threshold.
    """

    row: BoardRowJson | None
    ahead: list[BoardRowJson]
    next_tier: TierAheadJson | None


class DeadlineBoardJson(TypedDict):
    """The board as it was stored at the deadline."""

    as_of: Time
    taken_at: Time
    rows: list[BoardRowJson]


class MoveJson(TypedDict):
    """One team on both boards."""

    team: str
    public_rank: int
    private_rank: int
    public_score: float
    private_score: float


class ShakeUpJson(TypedDict):
    """How ranks moved between the boards, in places; errors are standard errors in the score's unit."""

    median_move: float
    public_error: float | None
    private_error: float | None
    chance_move: float | None
    teams: list[MoveJson]


def shake_up(shake_up: ShakeUp, moves: Iterable[RankMove], *, decimals: int) -> ShakeUpJson:
    """The ranks on both boards and what chance explains of their difference; it tells private scores.

    moves: those that the viewer may read.
    """
    return {
        "median_move": shake_up.median_move,
        "public_error": _known(shake_up.public_error, decimals + 1),
        "private_error": _known(shake_up.private_error, decimals + 1),
        "chance_move": _known(shake_up.chance_move, decimals + 1),
        "teams": [
            {
                "team": move.team,
                "public_rank": move.public_rank,
                "private_rank": move.private_rank,
                "public_score": round(move.public_score, decimals),
                "private_score": round(move.private_score, decimals),
            }
            for move in moves
        ],
    }


def _known(value: float, decimals: int) -> float | None:
    return None if isnan(value) else round(value, decimals)


def board_head(competition: Competition, *, split: Split, revision: int, teams: int) -> BoardHeadJson:
    """What stands above the rows of a board. teams: how many have a rank."""
    return {
        "competition": competition.slug,
        "split": split,
        "revision": revision,
        "metric": competition.metric,
        "higher_is_better": competition.higher_is_better,
        "teams": teams,
    }


def board_row(row: BoardRow) -> BoardRowJson:
    """One row of a board."""
    return {
        "rank": row.rank,
        "tied_with": row.tied_with,
        "team": row.team,
        "kind": "student" if row.tier is None else "baseline",
        "tier": row.tier,
        "hint": hint(row.hint),
        "minutes": row.minutes,
        "hardware": row.hardware,
        "score": row.score,
        "received_at": iso(row.received_at),
        "submissions": row.submissions,
    }


def own_row(rows: Sequence[BoardRow], team_id: int | None, *, decimals: int) -> OwnRowJson:
    """A team's own part of the whole board; of somebody without a standing it is empty."""
    place = next((place for place, row in enumerate(rows) if row.team_id == team_id), None)
    if place is None:
        return {"row": None, "ahead": [], "next_tier": None}
    ahead = tier_ahead(rows, place)
    return {
        "row": board_row(rows[place]),
        "ahead": board_rows(veil.near(rows, team_id)),
        "next_tier": None
        if ahead is None
        else {"tier": ahead.tier, "difference": round(ahead.difference, ahead.decimals(decimals))},
    }


def board_rows(rows: Iterable[BoardRow]) -> list[BoardRowJson]:
    """The rows of a board, in their order."""
    return [board_row(row) for row in rows]


def hint(text: str | None) -> PartedText | None:
    """A tier's hint, in its languages, as a board stores it; None for a team."""
    return None if text is None else PartedText(text)


def deadline_board(snapshot: dict[str, Any]) -> DeadlineBoardJson:
    """A stored board, without the ids of its teams."""
    rows = [
        {name: value for name, value in row.items() if name not in ("team_id", "is_listed")}
        | {"hint": hint(row["hint"])}
        for row in snapshot["rows"]
    ]
    return {
        "as_of": iso(snapshot["as_of"]),
        "taken_at": iso(snapshot["taken_at"]),
        "rows": cast(list[BoardRowJson], rows),
    }
