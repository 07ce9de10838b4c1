"""The values of the web API about look-alikes (docs/api.md), one frozen dataclass each."""

from collections.abc import Mapping
from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class TeamMember:
    """A member of a team, by user name and by the name that stands on pages."""

    username: str
    name: str


@dataclass(frozen=True, kw_only=True)
class NamedUpload:
    """An upload in a report, with its team."""

    team_id: Id
    team: str
    members: tuple[TeamMember, ...]
    submission_id: Id
    sha256: str
    received_at: Time
    rank: int


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two teams' most alike files; what is counted of wrong labels is None for numbers.

    `index` says how unusual the pair is; of so unusual ones `at_least` were seen where `expected` come by
    chance. docs/staff.md explains how to read the rest.
    """

    one: NamedUpload
    other: NamedUpload
    correlation: float
    index: float
    at_least: int
    expected: float
    base_rate: str
    next_one: float | None
    next_other: float | None
    cells: int
    same: int
    usual_same: float
    wrong_one: int | None
    wrong_other: int | None
    both_wrong: int | None
    shared: int | None
    expected_shared: float | None
    give_or_take: float | None
    examples: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, kw_only=True)
class Probing:
    """A team that sent many small edits; `median_share` of the rows changed from one to the next."""

    team_id: Id
    team: str
    members: tuple[TeamMember, ...]
    uploads: int
    edits: int
    median_share: float
    first_at: Time
    last_at: Time


@dataclass(frozen=True, kw_only=True)
class SharedFile:
    """The same predictions from several teams within `seconds`, in order of receipt."""

    teams: int
    seconds: float
    is_same_file: bool
    uploads: tuple[NamedUpload, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A comparison of all teams' files, the most unusual pairs first."""

    made_at: Time
    seconds: float
    answer_key_id: Id
    is_labels: bool
    rows: int
    sampled_rows: int
    teams: int
    files_compared: int
    files_read: int
    baselines: int
    pairs_compared: int
    groups: int
    explained: tuple[Id, ...]
    pairs: tuple[Pair, ...]
    probing: tuple[Probing, ...]
    shared: tuple[SharedFile, ...]


@dataclass(frozen=True, kw_only=True)
class LookAlikes:
    """The last comparison of a competition; `report` is None before the first."""

    running_since: Time | None
    report: Report | None
