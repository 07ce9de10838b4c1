"""How scores are compared: direction, rounding, thresholds and ranks.

Two scores that agree in 12 significant digits are equal. Sums of the same numbers in another order differ
only after that, so no rank hangs on the order in which a machine adds.
"""

from collections.abc import Sequence
from math import isfinite

SIGNIFICANT_DIGITS = 12


def sort_key(score: float, *, higher_is_better: bool) -> float:
    """A number that is larger for a better score, with 12 significant digits; what is stored and sorted by.

    Raises ValueError when the score is NaN or infinite, which never rank.

    >>> sort_key(0.25, higher_is_better=True), sort_key(0.25, higher_is_better=False)
    (0.25, -0.25)
    """
    if not isfinite(score):
        raise ValueError(f"A score that is {score} has no rank.")
    digits = float(f"{score:.{SIGNIFICANT_DIGITS}g}")
    return (digits if higher_is_better else -digits) + 0.0  # + 0.0 turns -0.0 into 0.0


def is_at_least(score: float, threshold: float, *, higher_is_better: bool) -> bool:
    """Whether `score` is as good as `threshold` or better, at 12 digits; NaN and infinity never are.

    >>> is_at_least(0.1 + 0.2, 0.3, higher_is_better=False)
    True
    """
    if not (isfinite(score) and isfinite(threshold)):
        return False
    return sort_key(score, higher_is_better=higher_is_better) >= sort_key(
        threshold, higher_is_better=higher_is_better
    )


def rank_scores(scores: Sequence[float], *, higher_is_better: bool = True) -> list[int]:
    """The competition rank (1, 2, 2, 4) of each score, in the order given. Sort keys rank as they are.

    Raises ValueError when a score is NaN or infinite.

    >>> rank_scores([0.5, 0.9, 0.5, 0.1])
    [2, 1, 2, 4]
    """
    keys = [sort_key(score, higher_is_better=higher_is_better) for score in scores]
    rank_of: dict[float, int] = {}
    for rank, key in enumerate(sorted(keys, reverse=True), start=1):
        rank_of.setdefault(key, rank)
    return [rank_of[key] for key in keys]
