"""Homework credit: a tier's points are earned on each split by a score at least as good as the baseline's."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.scores.ranks import is_at_least


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
    """The names of the tiers that `score` reaches on `split`, which is "public" or "private"; in their order.

    A score of None or NaN passes nothing, and a tier whose threshold is unknown is passed by nobody.

    >>> simple = TierPoints("simple", 0.5, None, 1.0, 1.0)
    >>> tiers_passed(0.5, [simple], split="public", higher_is_better=True)
    ('simple',)
    >>> tiers_passed(0.5, [simple], split="private", higher_is_better=True)
    ()
    """
    if split not in ("public", "private"):
        raise ValueError(f"A split is public or private, not {split!r}.")
    return tuple(
        tier.name
        for tier in tiers
        if _reaches(
            score,
            tier.threshold_public if split == "public" else tier.threshold_private,
            higher_is_better=higher_is_better,
        )
    )


def points_for(
    public: float | None, private: float | None, tiers: Sequence[TierPoints], *, higher_is_better: bool
) -> Points:
    """The points that a public and a private score earn together; each split pays for itself.

    public, private: scores, or None where there is none (not submitted, or not yet revealed).

    >>> points_for(0.6, 0.4, [TierPoints("simple", 0.5, 0.5, 1.0, 2.0)], higher_is_better=True)
    Points(public=1.0, private=0.0)
    """
    return Points(
        public=sum(
            (
                tier.points_public
                for tier in tiers
                if _reaches(public, tier.threshold_public, higher_is_better=higher_is_better)
            ),
            start=0.0,
        ),
        private=sum(
            (
                tier.points_private
                for tier in tiers
                if _reaches(private, tier.threshold_private, higher_is_better=higher_is_better)
            ),
            start=0.0,
        ),
    )


def _reaches(score: float | None, threshold: float | None, *, higher_is_better: bool) -> bool:
    if score is None or threshold is None:
        return False
    return is_at_least(score, threshold, higher_is_better=higher_is_better)
