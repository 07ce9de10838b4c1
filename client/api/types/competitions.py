"""The values of the web API (docs/api.md), one frozen dataclass each; their words are the glossary's.

A field with a default may be absent from an answer: either the server leaves it out for this person (private
scores before the reveal), or it has nothing to say there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from client.api.decode import Time
from client.api.types.origins import Origin
from client.api.types.runs import Cost, Place, Point

Id: TypeAlias = int | str  # opaque to the client: it is only ever put back into an address
Split: TypeAlias = Literal["public", "private"]


@dataclass(frozen=True, kw_only=True)
class Today:
    """The team's slots on the course day that runs now; `resets_at` is when the next one begins."""

    day: str
    used: int
    left: int
    limit: int
    resets_at: Time
    resets_in_seconds: float


@dataclass(frozen=True, kw_only=True)
class Tier:
    """One of the four baselines, as the competition page shows it; `minutes` on its `hardware`."""

    name: str
    hint: str = ""
    minutes: float | None = None
    hardware: str = ""
    points_public: float = 0.0
    points_private: float = 0.0
    threshold_public: float | None = None
    threshold_private: float | None = None
    threshold_from: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Competition:
    """A homework that was opened to a course; `state` is upcoming, open, late, closed or revealed."""

    slug: str
    title: str
    course: str
    role: str | None = None
    metric: str
    higher_is_better: bool
    id_column: str
    target_columns: tuple[str, ...]
    prediction_columns: tuple[str, ...] = ()
    daily_limit: int
    final_selections: int
    team_size: int = 1
    merge_until: Time | None = None
    state: str
    opens_at: Time | None = None
    deadline_at: Time | None = None
    late_until: Time | None = None
    reveal_at: Time | None = None
    reset_zone: str
    archived_at: Time | None = None
    now: Time
    today: Today | None = None
    teams: int = 0
    tiers: tuple[Tier, ...] = ()
    upload_limit_bytes: int | None = None
    code_limit_bytes: int | None = None
    description_md: str = ""


@dataclass(frozen=True, kw_only=True)
class PublicFile:
    """A file that the competition hands out; `sha256` in lower-case hexadecimal digits, `size` in bytes."""

    name: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True, kw_only=True)
class ReportedProblem:
    """One kind of fault in an uploaded file, with how often it occurs and the first lines where it does."""

    code: str
    message: str
    hint: str = ""
    count: int = 1
    lines: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SubmittedFile:
    """One uploaded file and what became of it: `state` is received, scored, invalid or failed."""

    id: Id
    url: str
    competition: str
    file_name: str
    size: int
    sha256: str
    received_at: Time
    course_day: str | None = None
    slot: int | None = None
    state: str
    is_late: bool = False
    is_practice: bool = False
    is_trial: bool = False
    is_excluded: bool = False
    is_final: bool = False
    public_score: float | None = None
    problems: tuple[ReportedProblem, ...] = ()
    submitted_by: str | None = None
    note: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, kw_only=True)
class Submission(SubmittedFile):
    """A submission as one looks it up: with its private score once that is revealed."""

    exclusion_reason: str | None = None
    private_score: float | None = None


@dataclass(frozen=True, kw_only=True)
class NextTier:
    """The easiest tier that a score does not reach, and how much is missing."""

    name: str
    threshold: float
    distance: float
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a score teaches: the file's own rank, its gain over the best before, its 95 % interval."""

    rank: int
    is_best: bool
    best_before: float | None = None
    gain: float | None = None
    last: float | None = None
    is_within_noise: bool | None = None
    low: float | None = None
    high: float | None = None
    next_tier: NextTier | None = None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Receipt(SubmittedFile):
    """The answer to an upload. `rank` and `tiers_passed` are None while the server has not said them."""

    repeated: bool = False
    rank: int | None = None
    teams: int | None = None
    tiers_passed: tuple[str, ...] | None = None
    feedback: Feedback | None = None
    today: Today | None = None
    took_ms: float | None = None
    now: Time | None = None
    reset_zone: str | None = None
    signed: Mapping[str, object] | None = field(default=None, repr=False)  # kept as it came


@dataclass(frozen=True, kw_only=True)
class Row:
    """One standing; a baseline's `rank` is None: it marks a threshold and takes no place."""

    rank: int | None
    tied_with: int | None = None  # a better standing's rank, within whose noise this one lies
    team: str
    kind: str
    tier: str | None = None
    hint: str | None = None
    minutes: float | None = None
    hardware: str | None = None
    score: float | None
    received_at: Time | None = None
    submissions: int | None = None


@dataclass(frozen=True, kw_only=True)
class Standings:
    """The standings of a split, in order; `teams` counts those of the whole board."""

    competition: str
    split: str
    metric: str
    higher_is_better: bool
    teams: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Leaderboard(Standings):
    """A board or a page of it; `next` is the cursor of the following page, None on the last one."""

    revision: Id | None = None
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class PastLeaderboard(Standings):
    """A whole board as it was at an instant."""

    at: Time


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a training has come; `loss` in the tier's own unit, `score` of rows that the tier held out.

    None where a tier has nothing to say."""

    epoch: float | None = None
    epochs: float | None = None
    loss: float | None = None
    score: float | None = None
    seconds_left: float | None = None


@dataclass(frozen=True, kw_only=True)
class Run(Cost):
    """One training and prediction of a tier: `state` is requested, running, succeeded, failed or stopped."""

    id: Id
    url: str = ""
    competition: str
    homework: str
    tier: str
    seed: int
    state: str
    requested_at: Time | None = None
    started_at: Time | None = None
    finished_at: Time | None = None
    attempts: int = 0
    worker: str | None = None
    device: str | None = None
    progress: Progress | None = None
    queue: Place | None = None
    needs: str = ""
    seconds_left: float | None = None
    seconds: float | None = None
    peak_memory_mb: float | None = None
    versions: Mapping[str, str] | None = None
    public_score: float | None = None
    private_score: float | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class WholeRun(Run):
    """A run with its log and its curve, which a list of runs leaves out."""

    log: str | None = None
    curve: tuple[Point, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClosedRun:
    """What a worker is told when its run ends: no scores, for a worker sees no private one."""

    id: Id
    state: str


@dataclass(frozen=True, kw_only=True)
class ClaimedRun:
    """The part of a run that its worker needs to know; no scores among it."""

    id: Id
    tier: str
    seed: int
    homework: str
    competition: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A run that is this worker's for `lease_seconds`; each heartbeat with the lease token extends that."""

    run: ClaimedRun
    lease_token: str = field(repr=False)
    lease_seconds: float
    files: tuple[PublicFile, ...] = ()
