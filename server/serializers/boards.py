"""The shapes of boards: their rows, and how ranks differ between the two splits."""

from math import isnan

from server.clock import iso
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.shake_up import ShakeUp
from server.serializers.values import Json


def shake_up(told: ShakeUp, *, decimals: int) -> Json:
    """The ranks on both boards and what chance explains of their difference.

    It is for who may see private scores.
    """
    errors = {
        "public_error": told.public_error,
        "private_error": told.private_error,
        "chance_move": told.chance_move,
    }
    return {
        "median_move": told.median_move,
        **{name: None if isnan(value) else round(value, decimals + 1) for name, value in errors.items()},
        "teams": [
            {
                "team": move.team,
                "public_rank": move.public_rank,
                "private_rank": move.private_rank,
                "public_score": round(move.public_score, decimals),
                "private_score": round(move.private_score, decimals),
            }
            for move in told.moves
        ],
    }


def board_row(row: BoardRow) -> Json:
    """One row of a board."""
    return {
        "rank": row.rank,
        "tied_with": row.tied_with,
        "team": row.team,
        "kind": "student" if row.tier is None else "baseline",
        "tier": row.tier,
        "hint": row.hint,
        "minutes": row.minutes,
        "hardware": row.hardware,
        "score": row.score,
        "received_at": iso(row.received_at),
        "submissions": row.submissions,
    }
