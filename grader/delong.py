"""The standard error of an AUC, and of the difference of two on the same rows.

Source: DeLong, DeLong and Clarke-Pearson 1988; by ranks as in Sun and Xu 2014.
"""

from math import sqrt

import numpy as np

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
    above, below = predictions[answers > 0.5], predictions[answers <= 0.5]
    return _shares_below(above, below), 1.0 - _shares_below(below, above)


def _shares_below(values: Numbers, others: Numbers) -> Numbers:
    """The share of the others that is smaller than each value, equal ones counting one half."""
    ordered = np.sort(others)
    order = np.argsort(values)  # looked up in order, so that memory is read in order
    lower = np.searchsorted(ordered, values[order], side="left")
    upper = np.searchsorted(ordered, values[order], side="right")
    shares = np.empty(len(values))
    shares[order] = (lower + upper) / (2.0 * len(others))
    return shares


def auc_error(answers: Numbers, predictions: Numbers) -> float:
    """The standard error of the AUC; NaN when a class has one row only.

    >>> auc_error(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.25
    """
    return _error(*placements(answers, predictions))


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
