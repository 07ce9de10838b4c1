"""Two submissions side by side, as the API tells of them."""

from dataclasses import dataclass

from client.api.decode import Time
from client.api.types.competitions import Id


@dataclass(frozen=True, kw_only=True)
class ComparedSubmission:
    """One of the two."""

    id: Id
    url: str = ""
    file_name: str
    received_at: Time | None = None


@dataclass(frozen=True, kw_only=True)
class LabelDisagreement:
    """Rows of one true label on which exactly one is right: the first submission, or the second."""

    label: str
    first: int
    second: int


@dataclass(frozen=True, kw_only=True)
class SplitComparison:
    """The two on one split. gain: how much better the first is; low, high: its 95 % interval.

    labels: None where they are not told, or where a row is not one label.
    """

    split: str
    first_score: float
    second_score: float
    first_tiers: tuple[str, ...] = ()
    second_tiers: tuple[str, ...] = ()
    gain: float
    low: float | None = None
    high: float | None = None
    is_within_noise: bool | None = None
    better: str | None = None
    labels: tuple[LabelDisagreement, ...] | None = None
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two submissions of one competition, split by split."""

    competition: str
    decimals: int
    higher_is_better: bool
    first: ComparedSubmission
    second: ComparedSubmission
    splits: tuple[SplitComparison, ...]
