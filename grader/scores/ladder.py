"""The Ladder: a public score that moves only when it has really become better.

Whoever sees the score of every try can add up the lucky ones, until the public score says nothing about other
rows. The Ladder answers each submission with the best score so far, and replaces it only by one that is
better by a step; so chance tells almost nothing, and true progress is still seen.
Source: Blum and Hardt 2015, arXiv 1502.04585, with a fixed step.
"""

from math import floor, isfinite, sqrt

from grader.metrics import Metric


def step_for(rows: int, metric: Metric) -> float:
    """A usual step: the standard error that a score over so many rows has at most, in the metric's unit.

    Of a metric whose range has both ends; raises ValueError for another, whose step staff must name.

    >>> from grader.metrics import METRICS
    >>> step_for(2_500, METRICS["accuracy"])
    0.01
    """
    span = abs(metric.best - metric.worst)
    if not isfinite(span):
        raise ValueError("This metric has no range; name the step of its Ladder in its own unit.")
    return 0.5 * span / sqrt(rows)


def ladder_score(best: float | None, score: float, *, step: float, higher_is_better: bool) -> float:
    """What is shown of a submission: its score in whole steps if it beats the best so far by a step.

    best: what was shown of the team's submissions before it, None at the first. step: above 0, in the
    metric's unit.

    >>> ladder_score(None, 0.6134, step=0.01, higher_is_better=True)
    0.61
    >>> ladder_score(0.61, 0.6190, step=0.01, higher_is_better=True)
    0.61
    """
    if best is not None:
        gain = score - best if higher_is_better else best - score
        if not gain > step:
            return best
    return _in_steps(score, step)


def _in_steps(score: float, step: float) -> float:
    """The nearest whole number of steps, without the digits that a product of floats brings along."""
    return float(f"{floor(score / step + 0.5) * step:.12g}")
