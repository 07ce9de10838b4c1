"""The shapes of what is told of boards besides their rows."""

from math import isnan

from server.domain.boards.shake_up import ShakeUp
from server.serializers.competitions import Json


def shake_up(told: ShakeUp, *, decimals: int) -> Json:
    """The ranks on both boards and what chance explains of their difference; for who may see private
    scores."""
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
