"""Metrics of predicted numbers."""

from collections.abc import Callable
from dataclasses import replace
from math import inf

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import NONNEGATIVE, NUMBER
from grader.metrics.metric import Columns, Metric, Numbers, Parameter, mean_of_rows
from grader.metrics.needs import SOME_WEIGHT, VARIED, WEIGHABLE


def rmse(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> float:
    """The root mean squared error; 0.0 is best, there is no upper bound.

    answers, predictions: (n_rows, n_targets) in the target's own unit, finite, as check.py guarantees.
    weights: (n_rows,), what each row counts; None: all alike. Several targets are averaged after the root.
    Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.root_mean_squared_error.

    >>> rmse(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]))
    1.4142135623730951
    """
    if len(answers) == 0:
        raise EmptySplit
    squares = answers - predictions
    squares *= squares
    return float(np.sqrt(mean_of_rows(squares, weights)).mean())


def mae(answers: Numbers, predictions: Numbers) -> float:
    """The mean absolute error; 0.0 is best, there is no upper bound.

    answers, predictions: (n_rows, n_targets) in the target's own unit, finite, as check.py guarantees.
    Several targets are averaged with equal weight. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.mean_absolute_error.

    >>> mae(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    errors = answers - predictions
    np.abs(errors, out=errors)
    return float(errors.mean(axis=0).mean())


def mse(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> float:
    """The mean squared error, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets). weights: (n_rows,), what each row counts; None: all alike.
    Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.mean_squared_error.

    >>> mse(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]))
    2.0
    """
    if len(answers) == 0:
        raise EmptySplit
    squares = answers - predictions
    squares *= squares
    return float(mean_of_rows(squares, weights).mean())


def wmae(answers: Numbers, predictions: Numbers, *, weights: Numbers) -> float:
    """The mean absolute error weighted by a column of the key; 0.0 is best.

    answers, predictions, weights: (n_rows,); divided by the sum of the weights, which is above 0.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.mean_absolute_error(sample_weight=weights).

    >>> wmae(np.array([1.0, 1.0]), np.array([2.0, 1.0]), weights=np.array([1.0, 3.0]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.average(np.abs(answers - predictions), weights=weights))


def median_absolute_error(answers: Numbers, predictions: Numbers) -> float:
    """The median of the absolute errors, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets). Of an even number of rows, the mean of the middle two.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.median_absolute_error.

    >>> median_absolute_error(np.array([[1.0], [1.0], [1.0]]), np.array([[1.0], [2.0], [9.0]]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.median(np.abs(answers - predictions), axis=0).mean())


def max_error(answers: Numbers, predictions: Numbers) -> float:
    """The largest absolute error; 0.0 is best.

    answers, predictions: (n_rows,). Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.max_error.

    >>> max_error(np.array([1.0, 1.0]), np.array([2.0, 4.0]))
    3.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.abs(answers - predictions).max())


def r2(answers: Numbers, predictions: Numbers) -> float:
    """The coefficient of determination of each column, averaged; 1.0 is best, no lower bound.

    answers, predictions: (n_rows, n_targets); no column of answers is constant.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.r2_score.

    >>> r2(np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    scale = np.maximum(np.abs(answers).max(axis=0), 1e-100)
    errors, spread = (answers - predictions) / scale, (answers - answers.mean(axis=0)) / scale
    return float((1.0 - (errors * errors).sum(axis=0) / (spread * spread).sum(axis=0)).mean())


def explained_variance(answers: Numbers, predictions: Numbers) -> float:
    """1 - variance of the errors / variance of the answers, averaged over the columns; 1.0 is best.

    answers, predictions: (n_rows, n_targets); no column of answers is constant. A constant shift costs
    nothing. Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.explained_variance_score.

    >>> explained_variance(np.array([[1.0], [3.0]]), np.array([[11.0], [13.0]]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    scale = np.maximum(np.abs(answers).max(axis=0), 1e-100)
    errors = (answers - predictions) / scale
    return float((1.0 - errors.var(axis=0) / (answers / scale).var(axis=0)).mean())


def pinball(answers: Numbers, predictions: Numbers, *, quantile: float) -> float:
    """The mean pinball (quantile) loss, averaged over the columns; 0.0 is best.

    answers, predictions: (n_rows, n_targets). quantile: which one is predicted, between 0 and 1; an error
    below costs that much, one above 1 - quantile. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.mean_pinball_loss(alpha=quantile).

    >>> pinball(np.array([[1.0]]), np.array([[3.0]]), quantile=0.25)
    1.5
    """
    if len(answers) == 0:
        raise EmptySplit
    errors = answers - predictions
    return float(np.maximum(quantile * errors, (quantile - 1.0) * errors).mean(axis=0).mean())


def _error(function: Callable[..., float], summary: Text, *aliases: str) -> Metric:
    return Metric(
        function=function,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=summary,
        aliases=aliases,
    )


def _mean_of_rows(function: Callable[..., float], summary: Text, *aliases: str) -> Metric:
    """A metric whose rows a column of the key may weigh."""
    return replace(
        _error(function, summary, *aliases),
        edges=WEIGHABLE,
        auxiliary={"weights": NONNEGATIVE},
        optional=frozenset({"weights"}),
        needs=(SOME_WEIGHT,),
    )


NUMBERS: dict[str, Metric] = {
    "rmse": _mean_of_rows(
        rmse, Message("root of the mean squared error, averaged over the columns"), "root mean squared error"
    ),
    "mse": _mean_of_rows(mse, Message("mean squared error, averaged over the columns"), "mean squared error"),
    "mae": _error(mae, Message("mean absolute error, averaged over the columns"), "mean absolute error"),
    "median_absolute_error": _error(
        median_absolute_error, Message("median absolute error, averaged over the columns"), "MedAE"
    ),
    "wmae": Metric(
        function=wmae,
        answers=NUMBER,
        predictions=NUMBER,
        best=0.0,
        worst=inf,
        summary=Message("mean absolute error weighted by a column of the key"),
        edges=Message("divided by the sum of the weights, which must not be 0"),
        aliases=("weighted MAE", "weighted mean absolute error"),
        auxiliary={"weights": NONNEGATIVE},
        needs=(SOME_WEIGHT,),
    ),
    "max_error": Metric(
        function=max_error,
        answers=NUMBER,
        predictions=NUMBER,
        best=0.0,
        worst=inf,
        summary=Message("largest absolute error"),
        aliases=("maximum error",),
    ),
    "r2": Metric(
        function=r2,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=1.0,
        worst=-inf,
        summary=Message("coefficient of determination, averaged over the columns"),
        edges=Message("a key with a constant column in a split is refused"),
        aliases=("R squared", "coefficient of determination"),
        needs=(VARIED,),
    ),
    "explained_variance": Metric(
        function=explained_variance,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=1.0,
        worst=-inf,
        summary=Message("share of the variance that is explained, averaged over the columns"),
        edges=Message("a key with a constant column in a split is refused"),
        aliases=("explained variance score",),
        needs=(VARIED,),
    ),
    "pinball": Metric(
        function=pinball,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary=Message("mean pinball loss of a quantile, averaged over the columns"),
        aliases=("quantile loss", "pinball loss"),
        parameters={"quantile": Parameter(float, 0.5, Message("the quantile that is predicted"), 0.0, 1.0)},
    ),
}
NUMBERS["mcrmse"] = replace(
    NUMBERS["rmse"],
    edges=Message("the same number as rmse, which averages over the columns too"),
    aliases=("mean columnwise root mean squared error",),
)
NUMBERS["mean_columnwise_mae"] = replace(
    NUMBERS["mae"],
    edges=Message("the same number as mae, which averages over the columns too"),
    aliases=("MCMAE",),
)
