"""Metrics of several columns of scores or probabilities: one a class, or one a label of its own."""

from collections.abc import Callable
from math import inf

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import BIT, LABEL, SCORE, UNIT
from grader.metrics.metric import Codes, Columns, Metric, Numbers
from grader.metrics.needs import BOTH_CLASSES, BOTH_CLASSES_SOMEWHERE, EVERY_CLASS, POSITIVE_EVERYWHERE
from grader.metrics.probabilities.precision import average_precision
from grader.metrics.probabilities.probability import LOG_LOSS_EPSILON, LOG_LOSS_WORST, log_loss, roc_auc
from grader.time_limit import in_time


def roc_auc_mean_columns(answers: Numbers, predictions: Numbers) -> float:
    """The AUC of each column, averaged; 1.0 is best, 0.0 worst.

    answers: (n_rows, n_columns) of 0.0 and 1.0. predictions: the same shape, finite scores.
    Raises EmptySplit when n_rows is 0, OneClassOnly when a column has one class.
    Source: must equal sklearn.metrics.roc_auc_score(average="macro").

    >>> roc_auc_mean_columns(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.1, 0.1], [0.2, 0.2]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    columns = in_time(zip(answers.T, predictions.T, strict=True))
    return float(np.mean([roc_auc(*pair) for pair in columns]))


def roc_auc_micro(answers: Numbers, predictions: Numbers) -> float:
    """The AUC of all cells of all columns together; 1.0 is best, 0.0 worst.

    answers: (n_rows, n_columns) of 0.0 and 1.0, which has both. predictions: the same shape, finite scores
    that are comparable between columns. Raises EmptySplit when n_rows is 0, OneClassOnly without both.
    Source: must equal sklearn.metrics.roc_auc_score(average="micro").

    >>> roc_auc_micro(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.1, 0.9], [0.2, 0.3]]))
    0.75
    """
    return roc_auc(answers.ravel(), predictions.ravel())


def average_precision_mean_columns(answers: Numbers, predictions: Numbers) -> float:
    """The average precision of each column, averaged; 1.0 is best, 0.0 worst.

    answers: (n_rows, n_columns) of 0.0 and 1.0, each column with a 1. predictions: finite scores.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.average_precision_score(average="macro").

    >>> average_precision_mean_columns(np.array([[0.0], [1.0]]), np.array([[0.1], [0.2]]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(
        np.mean([average_precision(*pair) for pair in in_time(zip(answers.T, predictions.T, strict=True))])
    )


def log_loss_mean_columns(answers: Numbers, predictions: Numbers) -> float:
    """The log loss of each column, averaged; 0.0 is best.

    answers: (n_rows, n_columns) of 0.0 and 1.0. predictions: probabilities of 1, in [0, 1], cut as in
    log_loss. Raises EmptySplit when n_rows is 0. Source: the mean of sklearn.metrics.log_loss of the columns.

    >>> round(log_loss_mean_columns(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])), 6)
    0.693147
    """
    return log_loss(answers.ravel(), predictions.ravel())


def log_loss_multiclass(answers: Codes, predictions: Numbers) -> float:
    """The mean negative natural logarithm of the share given to the true class; 0.0 is best.

    answers: (n_rows,) class numbers. predictions: (n_rows, n_classes) shares of one, in the labels' order;
    the true class' is cut to [1e-15, 1 - 1e-15]. Raises EmptySplit when n_rows is 0.
    Source: Kaggle's rule: a row is divided by its sum, then clipped; sklearn.metrics.log_loss after that.

    >>> round(log_loss_multiclass(np.array([2]), np.array([[0.25, 0.25, 0.5]])), 6)
    0.693147
    """
    if len(answers) == 0:
        raise EmptySplit
    true_shares = np.take_along_axis(predictions, answers[:, None], axis=1)[:, 0]
    np.clip(true_shares, LOG_LOSS_EPSILON, 1.0 - LOG_LOSS_EPSILON, out=true_shares)
    return max(0.0, -float(np.log(true_shares).mean()))


def brier_multiclass(answers: Codes, predictions: Numbers) -> float:
    """The mean over the rows of the squared distance to the true class' corner; 0.0 is best, 2.0 worst.

    answers: (n_rows,) class numbers. predictions: (n_rows, n_classes) shares of one.
    Raises EmptySplit when n_rows is 0. Source: Brier 1950, not halved.

    >>> brier_multiclass(np.array([0]), np.array([[0.5, 0.5]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    true_shares = np.take_along_axis(predictions, answers[:, None], axis=1)[:, 0]
    squares = np.einsum("ij,ij->i", predictions, predictions)
    return float((squares - 2.0 * true_shares + 1.0).mean())


def roc_auc_ovr_macro(answers: Codes, predictions: Numbers) -> float:
    """The AUC of each class against all others, averaged; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers, each with a row. predictions: (n_rows, n_classes) shares of one.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.roc_auc_score(multi_class="ovr", average="macro").

    >>> roc_auc_ovr_macro(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    1.0
    """
    return float(np.mean(_one_against_rest(answers, predictions)))


def roc_auc_ovr_weighted(answers: Codes, predictions: Numbers) -> float:
    """The AUC of each class against all others, weighted by its rows; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers, each with a row. predictions: (n_rows, n_classes) shares of one.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.roc_auc_score(multi_class="ovr", average="weighted").

    >>> roc_auc_ovr_weighted(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    1.0
    """
    counts = np.bincount(answers, minlength=predictions.shape[1])
    return float(np.average(_one_against_rest(answers, predictions), weights=counts))


def _one_against_rest(answers: Codes, predictions: Numbers) -> list[float]:
    if len(answers) == 0:
        raise EmptySplit
    columns = enumerate(in_time(predictions.T))
    return [roc_auc((answers == number) * 1.0, column) for number, column in columns]


def roc_auc_ovo_macro(answers: Codes, predictions: Numbers) -> float:
    """The AUC of each ordered pair of classes among their own rows, averaged; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers, each with a row. predictions: (n_rows, n_classes) shares of one.
    Raises EmptySplit when n_rows is 0. Source: Hand and Till 2001; must equal
    sklearn.metrics.roc_auc_score(multi_class="ovo", average="macro").

    >>> roc_auc_ovo_macro(np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    classes = predictions.shape[1]
    scores = []
    for one in range(classes):
        for other in in_time(range(classes)):
            if one != other:
                rows = (answers == one) | (answers == other)
                scores.append(roc_auc((answers[rows] == one) * 1.0, predictions[rows, one]))
    return float(np.mean(scores))


def kl_divergence(answers: Numbers, predictions: Numbers) -> float:
    """The mean over the rows of sum a log(a / p): what the predicted distribution misses; 0.0 is best.

    answers, predictions: (n_rows, n_columns) shares of one; predictions are cut to [1e-15, 1].
    Raises EmptySplit when n_rows is 0. Source: Kullback and Leibler 1951; scipy.stats.entropy(a, p).

    >>> round(kl_divergence(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])), 6)
    0.693147
    """
    if len(answers) == 0:
        raise EmptySplit
    ratios = np.ones_like(answers)
    np.divide(answers, np.maximum(predictions, LOG_LOSS_EPSILON), out=ratios, where=answers > 0.0)
    return max(0.0, float((answers * np.log(ratios)).sum(axis=1).mean()))


def _per_class(
    function: Callable[..., float], summary: Text, *aliases: str, best: float, worst: float
) -> Metric:
    return Metric(
        function=function,
        answers=LABEL,
        predictions=UNIT,
        columns=Columns.PER_CLASS,
        shares=True,
        best=best,
        worst=worst,
        summary=summary,
        edges=Message("a row is divided by its sum; a row of zeros is refused"),
        aliases=aliases,
        needs=(EVERY_CLASS,) if best == 1.0 else (),
    )


OF_COLUMNS: dict[str, Metric] = {
    "roc_auc_mean_columns": Metric(
        function=roc_auc_mean_columns,
        answers=BIT,
        predictions=SCORE,
        columns=Columns.MANY,
        best=1.0,
        worst=0.0,
        summary=Message("AUC of each column, averaged"),
        edges=Message("a column with one class in a split is refused with the key"),
        aliases=("mean column-wise AUC",),
        needs=(BOTH_CLASSES,),
    ),
    "roc_auc_micro": Metric(
        function=roc_auc_micro,
        answers=BIT,
        predictions=SCORE,
        columns=Columns.MANY,
        best=1.0,
        worst=0.0,
        summary=Message("AUC of all cells of all columns together"),
        edges=Message("a column may have one class, but not all of them"),
        aliases=("micro AUC", "micro-averaged AUC"),
        needs=(BOTH_CLASSES_SOMEWHERE,),
    ),
    "average_precision_mean_columns": Metric(
        function=average_precision_mean_columns,
        answers=BIT,
        predictions=SCORE,
        columns=Columns.MANY,
        best=1.0,
        worst=0.0,
        summary=Message("average precision of each column, averaged"),
        edges=Message("a column without a positive row in a split is refused with the key"),
        aliases=("cmAP", "mean average precision of columns"),
        needs=(POSITIVE_EVERYWHERE,),
    ),
    "log_loss_mean_columns": Metric(
        function=log_loss_mean_columns,
        answers=BIT,
        predictions=UNIT,
        columns=Columns.MANY,
        best=0.0,
        worst=LOG_LOSS_WORST,
        summary=Message("log loss of each column, averaged"),
        edges=Message("probabilities are cut to [1e-15, 1 - 1e-15]"),
        aliases=("mean column-wise log loss",),
    ),
    "log_loss_multiclass": _per_class(
        log_loss_multiclass,
        Message("mean negative log of the share given to the true class"),
        "MultiClassLogLoss",
        "categorical cross entropy",
        best=0.0,
        worst=LOG_LOSS_WORST,
    ),
    "brier_multiclass": _per_class(
        brier_multiclass,
        Message("mean squared distance to the true class' corner, 0 to 2"),
        best=0.0,
        worst=2.0,
    ),
    "roc_auc_ovr_macro": _per_class(
        roc_auc_ovr_macro,
        Message("AUC of each class against the rest, averaged"),
        "multi-class AUC",
        best=1.0,
        worst=0.0,
    ),
    "roc_auc_ovr_weighted": _per_class(
        roc_auc_ovr_weighted, Message("AUC of each class against the rest, by its rows"), best=1.0, worst=0.0
    ),
    "roc_auc_ovo_macro": _per_class(
        roc_auc_ovo_macro, Message("AUC of each pair of classes, averaged"), best=1.0, worst=0.0
    ),
    "kl_divergence": Metric(
        function=kl_divergence,
        answers=UNIT,
        predictions=UNIT,
        columns=Columns.MANY,
        shares=True,
        best=0.0,
        worst=inf,
        summary=Message("Kullback-Leibler divergence of the predicted distribution, averaged over the rows"),
        edges=Message("rows of both files are divided by their sums; a row of zeros is refused"),
        aliases=("KL divergence", "KLD"),
    ),
}
