"""Points of a course: what is earned, sealed until a reveal, still to be had."""

from dataclasses import dataclass

from client.api.decode import Time


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


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A student of the course, by the account's id and name."""

    user_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """A row of a gradebook that is nobody's in the course: its keys, and those whom it may be."""

    name: str
    keys: tuple[str, ...]
    partners: tuple[Partner, ...]


@dataclass(frozen=True, kw_only=True)
class PointsExport:
    """An export of a course's points; changed: cells of the gradebook, None where none was filled."""

    version: int
    kind: str
    made_at: Time
    made_by: str
    file_name: str
    size: int
    sha256: str
    students: int
    changed: int | None
    remaining: int
    not_here: tuple[Stranger, ...]
    not_there: tuple[Partner, ...]
