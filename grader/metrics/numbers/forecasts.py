"""Metrics of forecasts: errors in proportion to a series' own steps, and of intervals and ensembles."""

from math import inf
from typing import Any

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import LABEL, NUMBER, POSITIVE, Field
from grader.metrics.metric import Codes, Columns, Metric, Need, Numbers, Parameter
from grader.metrics.needs import NO_ZERO


def wape(answers: Numbers, predictions: Numbers) -> float:
    """The absolute errors of all rows, of the true values' sizes, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets); each column of answers has one that is not 0. A share, not a
    percentage; may exceed 1.0. Raises EmptySplit when n_rows is 0.
    Source: sum(|a - p|) / sum(|a|), the weighted MAPE (Kolassa & Schütz 2007).

    >>> wape(np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return float((np.abs(answers - predictions).sum(axis=0) / np.abs(answers).sum(axis=0)).mean())


def mdape(answers: Numbers, predictions: Numbers) -> float:
    """The median absolute error as a share of the true value, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets); no answer is 0. Of an even number of rows, the mean of the
    middle two. Raises EmptySplit when n_rows is 0. Source: numpy.median(|(a - p) / a|) (Armstrong 1992).

    >>> mdape(np.array([[2.0], [4.0], [1.0]]), np.array([[1.0], [4.0], [9.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.median(np.abs(answers - predictions) / np.abs(answers), axis=0).mean())


def mase(answers: Numbers, predictions: Numbers, *, scales: Numbers, groups: Codes | None = None) -> float:
    """The mean absolute error in units of each series' mean step before the forecast; 0.0 is best.

    answers, predictions: (n_rows,). scales: (n_rows,) above 0, of each row's series: the mean absolute error
    of the naive forecast within the training data. groups: (n_rows,) the series; the mean of each, averaged.
    None: the mean over the rows, the same where all series are as long. 1.0: as good as the naive forecast.
    Raises EmptySplit when n_rows is 0. Source: Hyndman & Koehler 2006.

    >>> mase(np.array([1.0, 5.0]), np.array([2.0, 5.0]), scales=np.array([2.0, 2.0]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(_means(np.abs(answers - predictions) / scales, groups).mean())


def rmsse(answers: Numbers, predictions: Numbers, *, scales: Numbers, groups: Codes | None = None) -> float:
    """The root of each series' mean squared error in units of its mean squared step, averaged; 0.0 is best.

    answers, predictions: (n_rows,). scales: (n_rows,) above 0, of each row's series: the mean squared error
    of the naive forecast within the training data. groups: (n_rows,) the series; None: all rows are one.
    Raises EmptySplit when n_rows is 0. Source: the M5 competition, without its weights (Makridakis 2022).

    >>> rmsse(np.array([1.0, 5.0]), np.array([3.0, 5.0]), scales=np.array([2.0, 2.0]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.sqrt(_means((answers - predictions) ** 2 / scales, groups)).mean())


def _means(terms: Numbers, groups: Codes | None) -> Numbers:
    """The mean of each group, (n_groups,)."""
    if groups is None:
        return np.array([terms.mean()])
    counts, sums = np.bincount(groups), np.bincount(groups, weights=terms)
    means: Numbers = sums[counts > 0] / counts[counts > 0]
    return means


def interval_score(answers: Numbers, predictions: Numbers, *, coverage: float) -> float:
    """The mean width of intervals, and 2 / (1 - coverage) times how far outside a value lies; 0.0 is best.

    answers: (n_rows,). predictions: (n_rows, 2), the lower and the upper end. coverage: the share of true
    values that should lie inside. Ends that cross cost more than either way round.
    Raises EmptySplit when n_rows is 0. Source: Gneiting & Raftery 2007, equation 43.

    >>> interval_score(np.array([1.0, 4.0]), np.array([[0.0, 2.0], [0.0, 3.0]]), coverage=0.5)
    4.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(interval_costs(answers, predictions, coverage=coverage).mean())


def interval_costs(answers: Numbers, predictions: Numbers, *, coverage: float) -> Numbers:
    """What each interval costs, (n_rows,)."""
    lower, upper = predictions.T
    outside = np.maximum(lower - answers, 0.0) + np.maximum(answers - upper, 0.0)
    costs: Numbers = upper - lower + 2.0 / (1.0 - coverage) * outside
    return costs


def crps_ensemble(answers: Numbers, predictions: Numbers) -> float:
    """The mean continuous ranked probability score of an ensemble; 0.0 is best.

    answers: (n_rows,). predictions: (n_rows, n_members), equally likely, in any order. In the unit of the
    answers; of one member, the absolute error. Raises EmptySplit when n_rows is 0.
    Source: mean |x - a| - mean |x - x'| / 2 over the members (Gneiting & Raftery 2007, equation 21).

    >>> crps_ensemble(np.array([0.0]), np.array([[-1.0, 1.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return max(0.0, float(ensemble_costs(answers, predictions).mean()))


def ensemble_costs(answers: Numbers, predictions: Numbers) -> Numbers:
    """What each ensemble costs, (n_rows,)."""
    errors = np.sort(predictions - answers[:, None], axis=1)
    members = errors.shape[1]
    ranks = 2.0 * np.arange(1, members + 1) - members - 1.0
    spreads = (errors * ranks).sum(axis=1) / members**2
    costs: Numbers = np.abs(errors).mean(axis=1) - spreads
    return costs


def _some_size(answers: Numbers, **_: Any) -> bool:
    return bool((np.abs(answers).reshape(len(answers), -1).sum(axis=0) > 0.0).all())


SOME_SIZE = Need(
    "no_size",
    Message("all true values of a column are 0, and this metric divides by their sum."),
    Message("Use mae, or split again."),
    _some_size,
)
OF_SERIES: dict[str, Field] = {"scales": POSITIVE, "groups": LABEL}
FORECASTS: dict[str, Metric] = {
    "wape": Metric(
        function=wape,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("sum of the absolute errors as a share of the sum of the true sizes"),
        edges=Message("a share; single zeros are fine, a column of zeros in a split is refused"),
        aliases=("weighted absolute percentage error", "weighted MAPE", "WMAPE"),
        needs=(SOME_SIZE,),
    ),
    "mdape": Metric(
        function=mdape,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("median absolute error as a share of the true value"),
        edges=Message("a key with a 0 is refused; of an even number of rows, the mean of the middle two"),
        aliases=("median absolute percentage error",),
        needs=(NO_ZERO,),
    ),
    "mase": Metric(
        function=mase,
        answers=NUMBER,
        predictions=NUMBER,
        best=0.0,
        worst=inf,
        summary=Message(
            "mean absolute error in units of the series' own mean step, which the key has in each row"
        ),
        edges=Message("without `groups` the mean over the rows; a series of one split"),
        aliases=("mean absolute scaled error",),
        auxiliary=OF_SERIES,
        optional=frozenset({"groups"}),
    ),
    "rmsse": Metric(
        function=rmsse,
        answers=NUMBER,
        predictions=NUMBER,
        best=0.0,
        worst=inf,
        summary=Message(
            "root mean squared error of each series in units of its own mean squared step, averaged"
        ),
        edges=Message("without `groups` all rows are one series; a series of one split"),
        aliases=("root mean squared scaled error",),
        auxiliary=OF_SERIES,
        optional=frozenset({"groups"}),
    ),
    "interval_score": Metric(
        function=interval_score,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.OWN,
        width=2,
        best=0.0,
        worst=inf,
        summary=Message("width of the predicted intervals and a penalty for what lies outside, averaged"),
        edges=Message(
            "columns: the lower end, then the upper; ends that cross are scored as they are, and cost "
            "more; a file in which they cross in every row is refused"
        ),
        rising="",
        aliases=("Winkler score", "mean interval score"),
        parameters={
            "coverage": Parameter(
                float, 0.9, Message("share of true values that should lie inside"), 0.0, 0.999999
            )
        },
    ),
    "crps_ensemble": Metric(
        function=crps_ensemble,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.OWN,
        best=0.0,
        worst=inf,
        summary=Message("continuous ranked probability score of an ensemble, a column a member, averaged"),
        edges=Message("the order of the members does not matter; of one member, mae"),
        aliases=("CRPS", "continuous ranked probability score"),
    ),
}
