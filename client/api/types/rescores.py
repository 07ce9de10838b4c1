"""The values of the web API about rescores (docs/api.md), one frozen record each."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class GradedVersion:
    """One version of an answer key, with the metric that goes with it; rows by split."""

    version: int
    sha256: str
    rows: int
    public_rows: int
    private_rows: int
    metric: str
    metric_arguments: Mapping[str, object]
    metric_sha256: str | None
    higher_is_better: bool
    created_at: Time


class Rescore(msgspec.Struct, frozen=True, kw_only=True, rename={"from_version": "from", "to_version": "to"}):
    """A rescore: `done` of `total` submissions are graded; `can_be_undone` while the boards show its version.

    A struct and no dataclass, because `from` and `to` are its fields' names on the wire.
    """

    id: Id
    url: str
    competition: str
    state: str
    done: int
    total: int
    reason: str
    asked_by: str | None
    created_at: Time
    switched_at: Time | None
    error: str
    is_open: bool
    can_be_undone: bool
    from_version: GradedVersion
    to_version: GradedVersion


@dataclass(frozen=True, kw_only=True)
class ChangeCounts:
    """How many of what a rescore would change."""

    submissions: int
    scores: int
    without_score: int
    students: int
    ranks: int
    tiers: int
    points: int


@dataclass(frozen=True, kw_only=True)
class Side:
    """One student, or a team without any, before or after a switch; None is off the board."""

    public_score: float | None
    public_rank: int | None
    private_score: float | None
    private_rank: int | None
    tiers: tuple[str, ...]
    points: float | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a rescore changes for one student, or for a team without any."""

    team: str
    kind: str
    student_number: str
    username: str
    name: str
    before: Side
    after: Side


@dataclass(frozen=True, kw_only=True)
class ScorePair:
    """A file's scores on both splits."""

    public: float
    private: float


@dataclass(frozen=True, kw_only=True)
class KnownFile:
    """A known file under both versions; `is_same_again`: grading it just now gave the same."""

    name: str
    before: ScorePair | None
    after: ScorePair | None
    is_same_again: bool


@dataclass(frozen=True, kw_only=True)
class LostScore:
    """A submission that would have no score any more, and why."""

    submission_id: Id
    team: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a rescore would change, and for whom; of an applied one, what it has changed."""

    counts: ChangeCounts
    changes: tuple[Change, ...]
    checks: tuple[KnownFile, ...]
    without_score: tuple[LostScore, ...]
