"""Points of a course: what is earned, sealed until a reveal, still to be had."""

from collections.abc import Mapping
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
class OtherMaximum:
    """A column of a gradebook whose maximum there is not the one here; is_scaled: its points were scaled."""

    title: str
    there: float
    here: float
    is_scaled: bool


@dataclass(frozen=True, kw_only=True)
class PointsExport:
    """An export of a course's points; changed: cells of the gradebook, None where none was filled.

    twice: students with several rows in the gradebook, none of which was filled.
    """

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
    twice: tuple[Partner, ...] = ()
    maxima: tuple[OtherMaximum, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CourseCounting:
    """How the points of homeworks become the total."""

    drop_lowest: int
    cap: float | None


@dataclass(frozen=True, kw_only=True)
class HomeworkCounting:
    """How one homework counts; items: the most points of each, by its name."""

    weight: float
    cap: float | None
    bonus_points: float | None
    bonus_places: int | None
    bonus_percent: float | None
    items: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class CountingChange:
    """A change of the rules; names: what changed, "course" or a slug."""

    id: int
    at: Time
    reason: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class GradeRules:
    """How a course counts, and the version that a change of it has to name."""

    version: str
    course: CourseCounting
    homeworks: Mapping[str, HomeworkCounting]
    changes: tuple[CountingChange, ...]


@dataclass(frozen=True, kw_only=True)
class MovedPoints:
    """A student whose total other rules would move."""

    user_id: int
    student_number: str
    name: str
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class RulePreview:
    """Whose points other rules would move, of how many students."""

    students: int
    up: int
    down: int
    moved: tuple[MovedPoints, ...]


@dataclass(frozen=True, kw_only=True)
class SheetItem:
    """Something that staff check by hand."""

    name: str
    most: float


@dataclass(frozen=True, kw_only=True)
class SheetStudent:
    """A student's points by item, without those that nobody has checked."""

    user_id: int
    username: str
    student_number: str
    name: str
    points: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class ItemSheet:
    """The items of a homework, and every student of its course."""

    items: tuple[SheetItem, ...]
    students: tuple[SheetStudent, ...]


@dataclass(frozen=True, kw_only=True)
class CountedHomework:
    """A homework that counts; while is_sealed its private half is in no number."""

    competition: str
    title: str
    most: float
    is_sealed: bool


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a student has in one homework; one that does not count is left out of the total."""

    points: float
    counts: bool


@dataclass(frozen=True, kw_only=True)
class StudentTotal:
    """A student's points: of each homework by its competition, and in sum."""

    user_id: int
    username: str
    student_number: str
    name: str
    department: str
    section: str
    total: float
    most: float
    homeworks: Mapping[str, Earned]


@dataclass(frozen=True, kw_only=True)
class CourseTotals:
    """The points of a course as whoever asks may see them."""

    homeworks: tuple[CountedHomework, ...]
    students: tuple[StudentTotal, ...]
