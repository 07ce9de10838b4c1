"""Metrics of agreement beyond chance, and of ratings whose classes have an order."""

from collections.abc import Callable
from math import inf, sqrt

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import LABEL, WHOLE
from grader.metrics.metric import Codes, Metric, Numbers, Parameter
from grader.metrics.needs import IN_RATINGS, VARIED
from grader.metrics.one_label.classification import class_counts


def mcc(answers: Codes, predictions: Codes) -> float:
    """Matthews' correlation of two labellings, -1 to 1; for two classes the phi coefficient.

    answers, predictions: (n_rows,) class numbers. 0.0 where one side has a single class.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.matthews_corrcoef.

    >>> mcc(np.array([0, 1, 0, 1]), np.array([0, 1, 0, 1]))
    1.0
    """
    counts, rows = class_counts(answers, predictions), len(answers)
    hits, truths, guesses = (
        int(counts.hits.sum()),
        counts.answers.astype(float),
        counts.predictions.astype(float),
    )
    covariance = hits * rows - float(truths @ guesses)
    variances = (rows * rows - float(truths @ truths)) * (rows * rows - float(guesses @ guesses))
    return float(np.clip(covariance / sqrt(variances), -1.0, 1.0)) if variances > 0.0 else 0.0


def cohen_kappa(answers: Codes, predictions: Codes) -> float:
    """Cohen's kappa, -1 to 1: agreement beyond what the two sides' frequencies give by chance.

    answers, predictions: (n_rows,) class numbers. 0.0 where both sides have the same single class.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.cohen_kappa_score.

    >>> cohen_kappa(np.array([0, 1, 0, 1]), np.array([0, 1, 1, 0]))
    0.0
    """
    counts, rows = class_counts(answers, predictions), len(answers)
    agreement = int(counts.hits.sum()) / rows
    chance = float((counts.answers / rows) @ (counts.predictions / rows))
    return (agreement - chance) / (1.0 - chance) if chance < 1.0 else 0.0


def quadratic_weighted_kappa(answers: Numbers, predictions: Numbers, *, lowest: int, highest: int) -> float:
    """Cohen's kappa of ratings, a disagreement weighing its square; -1 to 1.

    answers, predictions: (n_rows,) whole numbers from lowest to highest. 0.0 where both sides are constant
    and equal. Raises EmptySplit when n_rows is 0.
    Source: sklearn.metrics.cohen_kappa_score(weights="quadratic", labels=range(lowest, highest + 1)).

    >>> quadratic_weighted_kappa(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]), lowest=1, highest=3)
    1.0
    """
    return _weighted_kappa(answers, predictions, lambda apart: apart * apart)


def linear_weighted_kappa(answers: Numbers, predictions: Numbers, *, lowest: int, highest: int) -> float:
    """Cohen's kappa of ratings, a disagreement weighing its distance; -1 to 1.

    answers, predictions: (n_rows,) whole numbers from lowest to highest. 0.0 where both sides are constant
    and equal. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.cohen_kappa_score(weights="linear", labels=range(lowest, highest + 1)).

    >>> linear_weighted_kappa(np.array([1.0, 3.0]), np.array([3.0, 1.0]), lowest=1, highest=3)
    -1.0
    """
    return _weighted_kappa(answers, predictions, np.abs)


def _weighted_kappa(answers: Numbers, predictions: Numbers, weight: Callable[[Numbers], Numbers]) -> float:
    if len(answers) == 0:
        raise EmptySplit
    disagreement = float(weight(answers - predictions).mean())
    true_ratings, answer_counts = np.unique(answers, return_counts=True)
    predicted_ratings, prediction_counts = np.unique(predictions, return_counts=True)
    weights = weight(true_ratings[:, None] - predicted_ratings[None, :])
    chance = float(answer_counts @ weights @ prediction_counts) / len(answers) ** 2
    return 1.0 - disagreement / chance if chance > 0.0 else 0.0


def macro_mae(answers: Numbers, predictions: Numbers) -> float:
    """The mean absolute error of the rows of each true rating, averaged over the ratings; 0.0 is best.

    answers, predictions: (n_rows,) whole numbers. Raises EmptySplit when n_rows is 0.
    Source: Baccianella et al. 2009; imblearn.metrics.macro_averaged_mean_absolute_error.

    >>> macro_mae(np.array([1.0, 1.0, 5.0]), np.array([1.0, 1.0, 3.0]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    codes = np.unique(answers, return_inverse=True)[1]
    sums = np.bincount(codes, weights=np.abs(answers - predictions))
    return float((sums / np.bincount(codes)).mean())


def _kappa(function: Callable[..., float], summary: Text, *aliases: str) -> Metric:
    return Metric(
        function=function,
        answers=WHOLE,
        predictions=WHOLE,
        best=1.0,
        worst=-1.0,
        summary=summary,
        edges=Message(
            "a rating outside of lowest to highest is refused; so is a key whose split has one rating only"
        ),
        aliases=aliases,
        parameters={
            "lowest": Parameter(int, 0, Message("the lowest rating"), -1000, 1000),
            "highest": Parameter(int, None, Message("the highest rating"), -1000, 1000),
        },
        needs=(VARIED, IN_RATINGS),
    )


AGREEMENT: dict[str, Metric] = {
    "mcc": Metric(
        function=mcc,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=-1.0,
        summary=Message("Matthews' correlation of the labels"),
        edges=Message("0 where one side has a single class"),
        aliases=("Matthews", "phi", "Matthews correlation coefficient"),
    ),
    "cohen_kappa": Metric(
        function=cohen_kappa,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=-1.0,
        summary=Message("agreement of the labels beyond chance"),
        edges=Message("0 where both sides have the same single class"),
        aliases=("kappa", "Cohen's kappa"),
    ),
    "quadratic_weighted_kappa": _kappa(
        quadratic_weighted_kappa, Message("agreement of ratings beyond chance, squared distances"), "QWK"
    ),
    "linear_weighted_kappa": _kappa(
        linear_weighted_kappa, Message("agreement of ratings beyond chance, distances"), "LWK"
    ),
    "macro_mae": Metric(
        function=macro_mae,
        answers=WHOLE,
        predictions=WHOLE,
        best=0.0,
        worst=inf,
        summary=Message("mean absolute error of each true rating's rows, averaged"),
        edges=Message("ratings that are only predicted have no rows of their own"),
        aliases=("macro-averaged MAE",),
    ),
}
