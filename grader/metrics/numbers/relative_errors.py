"""Metrics of predicted numbers in proportion to the true ones, or on a logarithmic scale."""

from dataclasses import replace
from math import inf

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import NONNEGATIVE, NUMBER, POSITIVE
from grader.metrics.metric import Columns, Metric, Numbers
from grader.metrics.needs import NO_ZERO, SOME_POSITIVE
from grader.metrics.numbers.regression import rmse

SMAPE_MOST = 200.0


def msle(answers: Numbers, predictions: Numbers) -> float:
    """The mean squared difference of log(1 + value), averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets), none negative. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.mean_squared_log_error, except that (-1, 0) is refused here.

    >>> round(msle(np.array([[0.0]]), np.array([[np.e - 1.0]])), 12)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    squares = np.log1p(answers) - np.log1p(predictions)
    squares *= squares
    return float(squares.mean(axis=0).mean())


def rmsle(answers: Numbers, predictions: Numbers) -> float:
    """The root of the mean squared difference of log(1 + value), averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets), none negative. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.root_mean_squared_log_error.

    >>> round(rmsle(np.array([[0.0]]), np.array([[np.e - 1.0]])), 12)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return rmse(np.log1p(answers), np.log1p(predictions))


def mape(answers: Numbers, predictions: Numbers) -> float:
    """The mean absolute error as a share of the true value, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets); no answer is 0. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.mean_absolute_percentage_error, a share and not a percentage.

    >>> mape(np.array([[2.0], [-4.0]]), np.array([[1.0], [-4.0]]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return float((np.abs(answers - predictions) / np.abs(answers)).mean(axis=0).mean())


def smape(answers: Numbers, predictions: Numbers) -> float:
    """The mean of 200 |a - p| / (|a| + |p|), averaged over the columns; 0.0 is best, 200.0 worst.

    answers, predictions: (n_rows, n_targets). A row whose two values are 0 costs 0.
    Raises EmptySplit when n_rows is 0. Source: must equal 200 / n * scipy.spatial.distance.canberra.

    >>> smape(np.array([[0.0], [1.0]]), np.array([[0.0], [3.0]]))
    50.0
    """
    if len(answers) == 0:
        raise EmptySplit
    sizes = np.abs(answers) + np.abs(predictions)
    shares = np.abs(answers - predictions)
    np.divide(shares, sizes, out=shares, where=sizes > 0.0)
    return float(SMAPE_MOST * shares.mean(axis=0).mean())


def rmspe(answers: Numbers, predictions: Numbers) -> float:
    """The root of the mean squared error in shares of the true value, averaged over columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets); no answer is 0. Raises EmptySplit when n_rows is 0.
    Source: sqrt(mean(((a - p) / a)**2)), as Kaggle's Rossmann competition defined it.

    >>> rmspe(np.array([[2.0]]), np.array([[1.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return rmse(np.ones_like(answers), predictions / answers)


def poisson_deviance(answers: Numbers, predictions: Numbers) -> float:
    """The mean Poisson deviance 2 (a log(a / p) - a + p), averaged over the columns; 0.0 is best.

    answers: (n_rows, n_targets), none negative. predictions: the same shape, all above 0.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.mean_poisson_deviance.

    >>> poisson_deviance(np.array([[0.0], [1.0]]), np.array([[2.0], [1.0]]))
    2.0
    """
    if len(answers) == 0:
        raise EmptySplit
    ratios = np.ones_like(answers)
    np.divide(answers, predictions, out=ratios, where=answers > 0.0)
    terms = answers * np.log(ratios) - answers + predictions
    return max(0.0, float(2.0 * terms.mean(axis=0).mean()))


RELATIVE: dict[str, Metric] = {
    "rmsle": Metric(
        function=rmsle,
        answers=NONNEGATIVE,
        predictions=NONNEGATIVE,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("root of the mean squared difference of log(1 + value), averaged over the columns"),
        edges=Message("a negative number is refused"),
        aliases=("root mean squared logarithmic error", "RMSLE"),
    ),
    "msle": Metric(
        function=msle,
        answers=NONNEGATIVE,
        predictions=NONNEGATIVE,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("mean squared difference of log(1 + value), averaged over the columns"),
        edges=Message("a negative number is refused"),
        aliases=("mean squared logarithmic error",),
    ),
    "mape": Metric(
        function=mape,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("mean absolute error as a share of the true value, averaged over the columns"),
        edges=Message("a key with a 0 is refused"),
        aliases=("mean absolute percentage error",),
        needs=(NO_ZERO,),
    ),
    "smape": Metric(
        function=smape,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=SMAPE_MOST,
        summary=Message("mean of 200 |a - p| / (|a| + |p|), averaged over the columns"),
        edges=Message("a row whose two values are 0 costs 0"),
        aliases=("symmetric mean absolute percentage error",),
    ),
    "rmspe": Metric(
        function=rmspe,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message(
            "root of the mean squared error as a share of the true value, averaged over the columns"
        ),
        edges=Message("a key with a 0 is refused"),
        aliases=("root mean square percentage error",),
        needs=(NO_ZERO,),
    ),
    "poisson_deviance": Metric(
        function=poisson_deviance,
        answers=NONNEGATIVE,
        predictions=POSITIVE,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("mean Poisson deviance, averaged over the columns"),
        edges=Message("a prediction of 0 or less is refused, and a key of zeros alone"),
        aliases=("mean poisson deviance",),
        needs=(SOME_POSITIVE,),
    ),
}
RELATIVE["mean_columnwise_rmsle"] = replace(
    RELATIVE["rmsle"],
    edges=Message("the same number as rmsle, which averages over the columns too"),
    aliases=("MCRMSLE",),
)
