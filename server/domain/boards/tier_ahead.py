"""How far a team is from the next tier, on the board that it is looking at."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.boards.leaderboard import BoardRow


@dataclass(frozen=True)
class TierAhead:
    """The nearest tier above a standing, and how much its threshold is better, in the metric's unit."""

    tier: str
    difference: float

    def decimals(self, usual: int) -> int:
        """With how many the difference is shown: one more than scores where it would read as nothing."""
        return usual + (round(self.difference, usual) == 0)


def tier_ahead(rows: Sequence[BoardRow], place: int) -> TierAhead | None:
    """The tier that the team in this place of the board has yet to reach; None above all that are trained.

    A threshold that reads the same as the team's score is reached.
    """
    own = rows[place]
    for row in reversed(rows[:place]):
        if row.tier is not None and row.score != own.score:
            return TierAhead(row.tier, abs(row.score - own.score))
    return None
