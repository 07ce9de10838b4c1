"""Homework credit: a tier's points are earned on each split by a score at least as good as the baseline's."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.standings import is_at_least


@dataclass(frozen=True, slots=True)
class TierPoints:
    """One tier: the baseline's score on each split, None while unknown, and the points for reaching it."""

    name: str
    threshold_public: float | None
    threshold_private: float | None
    points_public: float
    points_private: float


@dataclass(frozen=True, slots=True)
class Points:
    """The points a team has earned, by split."""

    public: float
    private: float

    @property
    def total(self) -> float:
        """Both splits together."""
        return self.public + self.private


def tiers_passed(
    score: float | None, tiers: Sequence[TierPoints], *, split: str, higher_is_better: bool
) -> tuple[str, ...]:
    """The names of the tiers that `score` reaches on `split` ("public" or "private"), in the order of
    `tiers`.

    A score of None or NaN passes nothing, and a tier whose threshold is unknown is passed by nobody.

    >>> simple = TierPoints("simple", 0.5, None, 1.0, 1.0)
    >>> tiers_passed(0.5, [simple], split="public", higher_is_better=True)
    ('simple',)
    >>> tiers_passed(0.5, [simple], split="private", higher_is_better=True)
    ()
    """
    if split not in ("public", "private"):
        raise ValueError(f"A split is public or private, not {split!r}.")
    thresholds = [(t.name, t.threshold_public if split == "public" else t.threshold_private) for t in tiers]
    return tuple(
        name
        for name, threshold in thresholds
        if score is not None
        and threshold is not None
        and is_at_least(score, threshold, higher_is_better=higher_is_better)
    )


def points_for(
    public: float | None, private: float | None, tiers: Sequence[TierPoints], *, higher_is_better: bool
) -> Points:
    """The points that a public and a private score earn together; each split pays for itself.

    public, private: scores, or None where there is none (not submitted, or not yet revealed).

    >>> points_for(0.6, 0.4, [TierPoints("simple", 0.5, 0.5, 1.0, 2.0)], higher_is_better=True)
    Points(public=1.0, private=0.0)
    """
    on_public = tiers_passed(public, tiers, split="public", higher_is_better=higher_is_better)
    on_private = tiers_passed(private, tiers, split="private", higher_is_better=higher_is_better)
    return Points(
        public=float(sum(tier.points_public for tier in tiers if tier.name in on_public)),
        private=float(sum(tier.points_private for tier in tiers if tier.name in on_private)),
    )
