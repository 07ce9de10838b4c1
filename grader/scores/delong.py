"""The standard error of an AUC, and of the difference of two on the same rows.

Source: DeLong, DeLong and Clarke-Pearson 1988; by ranks as in Sun and Xu 2014.
"""

from math import sqrt

import numpy as np

from grader.errors import OneClassOnly
from grader.metrics.metric import Numbers


def placements(answers: Numbers, predictions: Numbers) -> tuple[Numbers, Numbers]:
    """How each row stands against the other class: of the rows of class 1, then of class 0, in row order.

    answers: (n_rows,) of 0.0 and 1.0, both present. A row of class 1 gets the share of rows of class 0 scored
    below it, a row of class 0 the share of rows of class 1 scored above it; equal scores count one half. The
    mean of either is the AUC.

    >>> ones, zeros = placements(np.array([0.0, 1.0, 1.0]), np.array([0.5, 0.5, 0.9]))
    >>> ones.tolist(), zeros.tolist()
    ([0.5, 1.0], [0.75])
    """
    sides = predictions[answers > 0.5], predictions[answers <= 0.5]
    orders = [np.argsort(side) for side in sides]
    ordered = _placements_in_order(*(side[order] for side, order in zip(sides, orders, strict=True)))[:2]
    for order, side, places in zip(orders, sides, ordered, strict=True):
        side[order] = places
    return sides


def _placements_in_order(above: Numbers, below: Numbers) -> tuple[Numbers, Numbers, int]:
    """The same for the ascending scores of class 1 and of class 0, and twice the pairs won.

    Looking up ascending values reads memory in order. The other side's counts need no second look-up: as many
    rows of class 1 are at or below row j of class 0 as have at most j rows of class 0 below them.
    """
    ones, zeros = len(above), len(below)
    lower = np.searchsorted(below, above, side="left")
    upper = np.searchsorted(below, above, side="right")
    at_or_below, under = (
        np.cumsum(np.bincount(ends, minlength=zeros + 1))[:zeros] for ends in (lower, upper)
    )
    twice_wins = lower + upper
    return (
        twice_wins / (2.0 * zeros),
        1.0 - (at_or_below + under) / (2.0 * ones),
        int(twice_wins.sum()),
    )


def auc_and_error(answers: Numbers, predictions: Numbers) -> tuple[float, float]:
    """The AUC and its standard error, which is NaN when a class has one row only; (n_rows,) each.

    answers: 0.0 and 1.0. The AUC is a count of pairs, and so the same to the last bit as `roc_auc`. Raises
    OneClassOnly when a class has no row.

    >>> auc_and_error(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    (0.75, 0.3535533905932738)
    """
    positive = answers > 0.5
    above, below = np.sort(predictions[positive]), np.sort(predictions[~positive])
    pairs = len(above) * len(below)
    if pairs == 0:
        raise OneClassOnly
    ones, zeros, twice_wins = _placements_in_order(above, below)
    return twice_wins / (2 * pairs), _error(ones, zeros)


def auc_difference_error(answers: Numbers, first: Numbers, second: Numbers) -> float:
    """The standard error of AUC(first) - AUC(second) on the same rows; NaN when a class has one row only.

    >>> scores = np.array([0.1, 0.4, 0.35, 0.8])
    >>> auc_difference_error(np.array([0.0, 0.0, 1.0, 1.0]), scores, scores)
    0.0
    """
    one, other = placements(answers, first), placements(answers, second)
    return _error(one[0] - other[0], one[1] - other[1])


def _error(ones: Numbers, zeros: Numbers) -> float:
    if len(ones) < 2 or len(zeros) < 2:
        return float("nan")
    return sqrt(float(ones.var(ddof=1)) / len(ones) + float(zeros.var(ddof=1)) / len(zeros))
