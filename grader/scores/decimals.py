"""How many decimals of a score to show: as many as the rows support, and no more than they may tell.

A score with all its digits is an oracle. With log loss one submission can give the rows that matter such
probabilities that every combination of their labels has a score of its own (Whitehill 2017, arXiv
1707.01825). What is shown must be too coarse for that, and finer digits are noise anyway.
"""

from math import ceil, floor, inf, isfinite, log, log2, log10

from grader.metrics import Metric

LEAST_DECIMALS, MOST_DECIMALS = 3, 6  # of a metric from 0 to 1


def decimals_for(rows: int, metric: Metric | None = None) -> int:
    """How many decimals to show of a score over so many rows: 3 to 6 of a metric from 0 to 1.

    The step is well below one standard error, about 1 / (2 sqrt(rows)). A metric with a range of its own,
    such as 0 to 100, gets as many fewer as its range is wider; one without an end is taken as it is.

    >>> from grader.metrics import METRICS
    >>> decimals_for(1_000, METRICS["accuracy"]), decimals_for(1_000, METRICS["bleu"])
    (4, 2)
    """
    span = abs(metric.best - metric.worst) if metric else 1.0
    digits = max(0, round(log10(span))) if isfinite(span) else 0
    decimals = ceil(log10(max(rows, 1)) / 2) + 2
    return max(0, min(MOST_DECIMALS, max(LEAST_DECIMALS, decimals)) - digits)


def label_capacity(rows: int, decimals: int, *, epsilon: float) -> int:
    """The most labels that one log loss over so many public rows can tell, shown with so many decimals.

    epsilon: where probabilities are cut, which bounds what a row can add to the sum. The rows that are probed
    have weights 1, 2, 4, ... steps in the sum, of which the largest is ln((1 - epsilon) / epsilon).
    Source: Whitehill 2017; after the cut of 1e-15 this is 7 labels for 3,000 rows and 4 decimals.

    >>> label_capacity(3_000, 4, epsilon=1e-15), label_capacity(3_000, 15, epsilon=1e-15)
    (7, 44)
    """
    outcomes = log((1.0 - epsilon) / epsilon) * 10.0**decimals / rows
    return max(0, floor(log2(outcomes)) + 1) if 0.0 < outcomes < inf else 0
