"""The values of the web API about places on boards, and boards of the past (docs/api.md)."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Row


@dataclass(frozen=True, kw_only=True)
class DeadlineBoard:
    """A board as it was stored at the deadline: `as_of` is the deadline, `taken_at` when it was stored."""

    as_of: Time
    taken_at: Time
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One team on both boards."""

    team: str
    public_rank: int
    private_rank: int
    public_score: float
    private_score: float


@dataclass(frozen=True, kw_only=True)
class ShakeUp:
    """How ranks moved between the boards, in places; errors are standard errors in the score's unit."""

    median_move: float
    public_error: float | None
    private_error: float | None
    chance_move: float | None
    teams: tuple[Move, ...]


@dataclass(frozen=True, kw_only=True)
class TierAhead:
    """The nearest tier above a standing, and by how much its threshold is better."""

    tier: str
    difference: float


@dataclass(frozen=True, kw_only=True)
class OwnRow:
    """My team's standing, the three before it on the board, and the next tier, None above all of them."""

    row: Row | None
    ahead: tuple[Row, ...] = ()
    next_tier: TierAhead | None = None
