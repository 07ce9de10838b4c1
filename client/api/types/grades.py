"""Points of a course: what is earned, sealed until a reveal, still to be had."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ItemPoints:
    """An item that staff check by hand; points: None until they have."""

    name: str
    points: float | None
    most: float


@dataclass(frozen=True, kw_only=True)
class TierToPass:
    """The easiest tier that is not passed on the public rows, and the page with its hint."""

    name: str
    points_public: float
    hint_url: str


@dataclass(frozen=True, kw_only=True)
class HomeworkPoints:
    """One homework, in weighted points; tiers_private: None before its reveal."""

    competition: str
    title: str
    earned: float
    sealed_most: float
    open_most: float
    most: float
    counts: bool
    tiers_public: float
    tiers_private: float | None
    items: tuple[ItemPoints, ...]
    files: int
    missing: tuple[str, ...]
    next_tier: TierToPass | None


@dataclass(frozen=True, kw_only=True)
class Points:
    """My points of a course so far."""

    course: str
    earned: float
    sealed_most: float
    open_most: float
    most: float
    homeworks: tuple[HomeworkPoints, ...]
