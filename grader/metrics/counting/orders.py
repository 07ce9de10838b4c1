"""Counting pairs in an order: the arithmetic of inversions and of concordance."""

import numpy as np
from numpy.typing import NDArray

from grader.metrics.metric import Mask, Numbers


def rising_pairs(values: NDArray[np.number], counts: Mask | None = None) -> int:
    """How many pairs i < j have values[i] < values[j]; with `counts`, only those whose i is marked.

    values: (n,). O(n log² n): the pairs between the halves of each block, of blocks of 2, 4, 8, ... values.

    >>> rising_pairs(np.array([2, 1, 3]))
    2
    """
    size = len(values)
    ranks = np.unique(values, return_inverse=True)[1].astype(np.int64)
    is_counted = np.ones(size, dtype=np.bool_) if counts is None else counts
    places = np.arange(size)
    total, half = 0, 1
    while half < size:
        block = places // (2 * half)
        keys = block * size + ranks  # a later block lies above all values of an earlier one
        right = places // half % 2 == 1
        left_keys = np.sort(keys[~right & is_counted])
        below = np.searchsorted(left_keys, keys[right], side="left")
        earlier = np.searchsorted(left_keys, block[right] * size, side="left")
        total += int((below - earlier).sum())
        half *= 2
    return total


def inversions(values: NDArray[np.number]) -> int:
    """How many pairs i < j have values[i] > values[j]; values: (n,).

    >>> inversions(np.array([2, 1, 3]))
    1
    """
    return rising_pairs(-values)


def concordance(times: Numbers, observed: Mask, predictions: Numbers) -> tuple[float, int]:
    """Concordant pairs, an equal prediction counting one half, and the pairs that can be compared.

    times: (n,) when something happened or was last looked for. observed: (n,) whether it happened.
    A pair can be compared when what happened first is known: the earlier time is an observed one; at equal
    times one is observed and the other not. Two observed at one time cannot be compared.

    >>> concordance(np.array([1.0, 2.0]), np.array([True, False]), np.array([5.0, 7.0]))
    (1.0, 1)
    """
    stage = np.unique(2.0 * np.unique(times, return_inverse=True)[1] + ~observed, return_inverse=True)[1]
    # Within a stage the largest prediction comes first, so that no pair of one stage rises.
    order = np.lexsort((-predictions, stage))
    rising = rising_pairs(predictions[order], observed[order])
    return rising + 0.5 * _tied(stage, observed, predictions), _later(stage, observed)


def _later(stage: NDArray[np.int64], observed: Mask) -> int:
    """How many pairs (observed, any) have the second at a later stage."""
    ends = np.searchsorted(np.sort(stage), stage[observed], side="right")
    return int((len(stage) - ends).sum())


def _tied(stage: NDArray[np.int64], observed: Mask, predictions: Numbers) -> int:
    """How many pairs that can be compared have equal predictions."""
    level = np.unique(predictions, return_inverse=True)[1]
    stages = int(stage.max(initial=0)) + 1
    keys = level * stages + stage
    ordered = np.sort(keys)
    ends = np.searchsorted(ordered, (level[observed] + 1) * stages, side="left")
    return int((ends - np.searchsorted(ordered, keys[observed], side="right")).sum())
