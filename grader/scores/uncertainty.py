"""How far a score may be from the score on endlessly many such rows; whether two submissions really differ.

A split is taken for a sample of rows drawn one by one. Its score then has a standard error, found in the
cheapest way that is right for the metric:

- `influence`: the spread of each row's influence (see influence.py), for means, roots and ratios of means,
  and what is made of counts of classes, such as macro F1; a metric with terms has them from there;
- `delong`: for the AUC and the Gini coefficient;
- `resampling`: the spread over 200 drawings of as many rows, each row with the weight of how often it was
  drawn, where all other metrics have few rows;
- `groups`: the spread of the scores of random, disjoint groups of rows, over the root of their number, where
  they have many. It costs as much as one more scoring.

Metrics with queries draw whole queries. A maximum has no standard error, nor does a custom metric. Rows that
hang together otherwise (frames of one utterance) make every one of these too small.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.metrics.lists import Lists
from grader.scores.class_influence import LABEL_SLOPES, label_error
from grader.scores.delong import auc_and_error, auc_difference_error
from grader.scores.influence import INFLUENCES
from grader.scores.split_rows import Rows

AUCS = {"roc_auc": 1.0, "gini_normalised": 2.0}
WITHOUT_ERROR = {"max_error"}
QUICK_METHODS = {"influence", "delong"}
CONFIDENCE_95 = 1.959963984540054  # standard errors to either side
RESAMPLED_ROWS = 2_000  # up to which a metric is evaluated anew for each drawing
DRAWINGS = 200
GROUPS_MOST = 40
SCORED_SHARE = 0.5  # the share of drawings or groups that must have a score


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the score would lie on endlessly many such rows, with 95 % confidence; within the metric's range.

    standard_error: of the score, in its own unit. method: how it was found, as at the head of this page.
    """

    low: float
    high: float
    standard_error: float
    method: str


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """Two submissions on the same rows. difference: the first's score less the second's.

    standard_error: of that difference, which is smaller than the two scores' errors suggest, since both met
    the same rows. differ: whether it lies beyond 95 % of what chance brings about.
    """

    difference: float
    standard_error: float
    differ: bool


def method_of(rows: Rows) -> str:
    """How the standard error of the score of these rows is found; "" for not at all."""
    if rows.name in WITHOUT_ERROR:
        return ""
    if rows.name in AUCS:
        return "delong"
    if rows.metric.terms is not None or rows.name in INFLUENCES:
        return "influence"
    return "resampling" if len(rows) <= RESAMPLED_ROWS else "groups"


def standard_error(rows: Rows) -> float:
    """The standard error of the score of these rows; NaN where there is none.

    Nearly as quick as scoring, or quicker; always the same for the same rows.
    """
    match method_of(rows):
        case "delong":
            return AUCS[rows.name] * auc_and_error(np.asarray(rows.answers), np.asarray(rows.predictions))[1]
        case "influence":
            return _error_by_influence(rows)
        case "":
            return nan
        case _:
            return _spread_of_scores([rows])


def score_and_error(rows: Rows) -> tuple[float, float | None]:
    """The score, and its standard error where a formula gives it quickly; else None.

    What both come of is computed once: the terms of the rows, or the order of an AUC's scores.
    """
    terms = rows.terms()
    if terms is not None:
        score, error = terms.score(), _spread(terms.influence())
    elif rows.name in AUCS:
        auc, error = auc_and_error(np.asarray(rows.answers), np.asarray(rows.predictions))
        scale = AUCS[rows.name]
        score, error = scale * auc - (scale - 1.0), scale * error
    else:
        score, error = rows.score(), standard_error(rows) if method_of(rows) in QUICK_METHODS else nan
    return score, error if isfinite(error) else None


def interval(rows: Rows) -> Interval:
    """The 95 % interval of the score; its ends are NaN where there is no standard error.

    Of rows that are right or wrong, Wilson's interval, which holds near 0 and 1 too.
    """
    score, error = rows.score(), standard_error(rows)
    metric, count = rows.metric, len(rows)
    low, high = score - CONFIDENCE_95 * error, score + CONFIDENCE_95 * error
    if method_of(rows) == "influence" and (correctness := _influence(rows)).dtype == np.bool_:
        low, high = wilson(float(correctness.mean()), count)
    least, most = sorted((metric.best, metric.worst))
    return Interval(max(low, least), min(high, most), error, method_of(rows))


def wilson(share: float, count: int) -> tuple[float, float]:
    """The ends of the 95 % interval of a share of `count` rows. Source: Wilson 1927.

    >>> tuple(round(end, 3) for end in wilson(1.0, 100))
    (0.963, 1.0)
    """
    z_squared = CONFIDENCE_95**2
    middle = (share + z_squared / (2 * count)) / (1 + z_squared / count)
    half = (
        CONFIDENCE_95
        * sqrt(share * (1 - share) / count + z_squared / (4 * count**2))
        / (1 + z_squared / count)
    )
    return middle - half, min(1.0, middle + half)


def compare(first: Rows, second: Rows) -> ScoreDifference:
    """Two submissions' scores on the same rows. first, second: the same rows with different predictions."""
    difference = first.score() - second.score()
    match method_of(first):
        case "delong":
            answers, one, other = map(np.asarray, (first.answers, first.predictions, second.predictions))
            error = AUCS[first.name] * auc_difference_error(answers, one, other)
        case "influence":
            error = _spread(_influence(first).astype(np.float64) - _influence(second))
        case "":
            error = nan
        case _:
            error = _spread_of_scores([first, second])
    return ScoreDifference(difference, error, abs(difference) > CONFIDENCE_95 * error)


def tied_groups(scores: Sequence[float], errors: Sequence[float]) -> list[int]:
    """The number of the group of each standing, from 1; in a group nobody is beyond noise from its first.

    scores: the standings' scores, best first. errors: their standard errors, NaN for unknown, which ties with
    equal scores alone. Two standings differ when their scores do by more than 95 % of what chance brings
    about if their errors were independent. On the same rows they rarely are, so a group is rather too large
    than too small; `compare` tells exactly.

    >>> tied_groups([0.91, 0.90, 0.80], [0.01, 0.01, 0.01])
    [1, 1, 2]
    """
    groups: list[int] = []
    leader = 0
    for place, (score, error) in enumerate(zip(scores, errors, strict=True)):
        if place:
            noise = CONFIDENCE_95 * sqrt(error * error + errors[leader] * errors[leader])
            if not (score == scores[leader] or abs(score - scores[leader]) <= noise):
                leader = place
        groups.append(groups[-1] + (leader == place) if groups else 1)
    return groups


def _error_by_influence(rows: Rows) -> float:
    error = None
    if rows.name in LABEL_SLOPES and len(rows) > 1:
        error = label_error(rows.name, np.asarray(rows.answers), np.asarray(rows.predictions))
    return _spread(_influence(rows)) if error is None else error


def _influence(rows: Rows) -> NDArray[Any]:
    terms = rows.terms()
    if terms is not None:
        return terms.influence()
    return INFLUENCES[rows.name](rows.answers, rows.predictions, **rows.settings)


def _spread(influence: NDArray[np.generic]) -> float:
    """The standard error of a mean, from its terms."""
    count = len(influence)
    if count < 2:
        return nan
    if influence.dtype == np.bool_:
        share = np.count_nonzero(influence) / count
        return sqrt(share * (1.0 - share) / count)
    return sqrt(float(influence.astype(np.float64).var(ddof=1)) / count)


def _spread_of_scores(submissions: list[Rows]) -> float:
    """The standard error of the score, or of the first's less the second's, by drawings or by groups."""
    units = _units(submissions[0])
    rng = np.random.default_rng(len(submissions[0]))
    is_small = len(submissions[0]) <= RESAMPLED_ROWS
    parts = _drawings(units, rng) if is_small else _groups(units, rng)
    values = np.array([_value(submissions, rows) for rows in parts])
    finite = values[np.isfinite(values)]
    if len(values) == 0 or len(finite) < max(2, SCORED_SHARE * len(values)):
        return nan
    spread = float(finite.std(ddof=1))
    return spread if is_small else spread / sqrt(len(values))


def _value(submissions: list[Rows], rows: NDArray[np.int64]) -> float:
    parts = [submission.take(rows) for submission in submissions]
    if not parts[0].has_a_score():
        return nan
    scores = [part.score() for part in parts]
    value = scores[0] - scores[1] if len(scores) == 2 else scores[0]
    return value if isfinite(value) else nan


def _units(rows: Rows) -> Lists:
    """The rows of each query, or each row alone: what is drawn as one."""
    groups = rows.auxiliary.get("groups")
    if groups is None:
        return Lists(np.arange(len(rows) + 1), np.arange(len(rows)))
    codes = np.asarray(groups)
    ends = np.concatenate([[0], np.cumsum(np.unique(codes, return_counts=True)[1])])
    return Lists(ends, np.argsort(codes, kind="stable"))


def _drawings(units: Lists, rng: "np.random.Generator") -> Iterator[NDArray[np.int64]]:
    for _ in range(DRAWINGS):
        yield units.take(rng.integers(0, len(units), len(units))).flat


def _groups(units: Lists, rng: "np.random.Generator") -> Iterator[NDArray[np.int64]]:
    count = max(2, min(GROUPS_MOST, len(units) // 2))
    for members in np.array_split(rng.permutation(len(units)), count):
        yield units.take(members).flat
