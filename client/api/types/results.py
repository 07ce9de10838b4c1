"""Results of a course: files and why they count, ranks, tiers, allowances, as far as they may be known."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id
from client.api.types.grades import Points


@dataclass(frozen=True, kw_only=True)
class SplitResult:
    """Where my team stands on one board, and the points there; None without a standing."""

    rank: int | None
    teams: int | None
    score: float | None
    tiers: tuple[str, ...]
    points: float


@dataclass(frozen=True, kw_only=True)
class GivenAllowance:
    """An extension or a grant in force; the reason is told to whom it is for."""

    deadline_at: Time | None
    extra_slots: int | None
    course_day: str | None
    reason: str
    given_by: str
    created_at: Time


@dataclass(frozen=True, kw_only=True)
class FileResult:
    """A file of my team; counts: where it counts and why, in sentences."""

    id: Id
    file_name: str
    note: str
    via: str | None
    received_at: Time
    submitted_by: str
    state: str
    is_late: bool
    is_practice: bool
    is_trial: bool
    is_excluded: bool
    is_final: bool
    public_score: float | None
    private_score: float | None
    counts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A team, or one of its members, by number and name."""

    id: Id
    name: str


@dataclass(frozen=True, kw_only=True)
class HomeworkResult:
    """What I have in one homework; `private` is None until it may be seen."""

    slug: str
    title: str
    zone: str
    state: str
    is_archived: bool
    is_revealed: bool
    deadline_at: Time
    is_extended: bool
    reveal_at: Time
    decimals: int
    team: Numbered | None
    members: tuple[Numbered, ...]
    tiers: tuple[str, ...]
    public: SplitResult
    private: SplitResult | None
    points: float
    most: float
    allowances: tuple[GivenAllowance, ...]
    files: tuple[FileResult, ...]
    late: int


@dataclass(frozen=True, kw_only=True)
class CourseResults:
    """All that I have in a course; points: None for whoever is no student of it."""

    course: str
    homeworks: tuple[HomeworkResult, ...]
    points: Points | None
