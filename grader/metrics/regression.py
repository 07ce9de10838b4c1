"""Metrics of predicted numbers."""

from math import inf

import numpy as np

from grader.errors import EmptySplit
from grader.fields import NUMBER
from grader.metrics.metric import Columns, Metric, Numbers


def rmse(answers: Numbers, predictions: Numbers) -> float:
    """The root mean squared error; 0.0 is best, there is no upper bound.

    answers, predictions: (n_rows, n_targets) in the target's own unit, finite, as check.py guarantees.
    Several targets are averaged after the root. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.root_mean_squared_error.

    >>> rmse(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]))
    1.4142135623730951
    """
    if len(answers) == 0:
        raise EmptySplit
    squares = answers - predictions
    squares *= squares
    return float(np.sqrt(squares.mean(axis=0)).mean())


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


NUMBERS: dict[str, Metric] = {
    "rmse": Metric(
        function=rmse,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary="root of the mean squared error, averaged over the columns",
        aliases=("root mean squared error",),
    ),
    "mae": Metric(
        function=mae,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        best=0.0,
        worst=inf,
        summary="mean absolute error, averaged over the columns",
        aliases=("mean absolute error",),
    ),
}
