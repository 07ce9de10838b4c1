"""Counting pairs: how often a row of class 1 is scored above a row of class 0.

The count needs a sort, which is the dearest step of scoring. Sorting whole scores costs nearly twice as much
as sorting 32 bits a row, so scores are first cut into 2**31 levels, a level and its label in one word. Pairs
inside one
level are then compared by their whole scores: there are hardly any, unless scores are tied anyway.
"""

import numpy as np
from numpy.typing import NDArray

from grader.metrics.metric import Numbers

Levels = NDArray[np.uint32]
Mask = NDArray[np.bool_]
TOP_LEVEL = 2**31 - 1
COARSE_SHIFT = np.uint32(15)  # the highest 16 of a level's 31 bits


def twice_the_wins(scores: Numbers, positive: Mask) -> int:
    """Twice the number of pairs (class 1, class 0) whose first is scored higher; an equal pair counts 1 of 2.

    scores: (n_rows,) finite. positive: (n_rows,) whether a row is of class 1. Exact, being a count.

    >>> twice_the_wins(np.array([0.1, 0.4, 0.4]), np.array([False, False, True]))
    3
    """
    levels = _levels(scores)
    total, mixed_levels = _by_level(levels, positive)
    if not len(mixed_levels):
        return total
    is_shared = np.zeros(1 << 16, dtype=np.bool_)
    is_shared[mixed_levels >> COARSE_SHIFT] = True
    in_shared = is_shared[levels >> COARSE_SHIFT]
    if 2 * int(np.count_nonzero(in_shared)) > len(scores):
        return _by_score(scores, positive)
    # Level and score order rows of different levels alike, so only pairs within a level change the count.
    by_level, _ = _by_level(levels[in_shared], positive[in_shared])
    return total + _by_score(scores[in_shared], positive[in_shared]) - by_level


def _levels(scores: Numbers) -> Levels:
    """A whole number for each score, never smaller for a larger score."""
    lowest = scores.min(initial=np.inf)
    with np.errstate(over="ignore", divide="ignore"):
        factor = TOP_LEVEL / (scores.max(initial=-np.inf) - lowest)
    if not 0.0 < factor < np.inf:
        return np.zeros(len(scores), dtype=np.uint32)
    parts = scores - lowest
    parts *= factor
    levels: Levels = parts.astype(np.uint32)
    return levels


def _by_level(levels: Levels, positive: Mask) -> tuple[int, Levels]:
    """Twice the wins, taking scores of one level for equal, and the levels that hold both classes."""
    ordered = np.sort(levels << np.uint32(1) | positive)
    # flatnonzero of numbers is several times slower than of truth values.
    places = np.flatnonzero((ordered & np.uint32(1)).astype(np.bool_))
    # Within a level the rows of class 0 come first, so this counts those at or below each row of class 1.
    at_or_below = int(places.sum()) - len(places) * (len(places) - 1) // 2
    last_zero = np.flatnonzero((ordered[1:] ^ ordered[:-1]) == 1)
    zeros = last_zero + 1 - np.searchsorted(ordered, ordered[last_zero], side="left")
    ones = np.searchsorted(ordered, ordered[last_zero + 1], side="right") - (last_zero + 1)
    return 2 * at_or_below - int((zeros * ones).sum()), ordered[last_zero] >> np.uint32(1)


def _by_score(scores: Numbers, positive: Mask) -> int:
    above, below = np.sort(scores[positive]), np.sort(scores[~positive])
    lower = int(np.searchsorted(below, above, side="left").sum())
    return lower + int(np.searchsorted(below, above, side="right").sum())
