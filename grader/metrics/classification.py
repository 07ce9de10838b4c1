"""Metrics of one predicted label a row."""

import numpy as np

from grader.errors import EmptySplit
from grader.fields import LABEL
from grader.metrics.metric import Codes, Metric


def accuracy(answers: Codes, predictions: Codes) -> float:
    """The share of rows whose predicted label is the true one; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.accuracy_score.

    >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
    0.75
    """
    if len(answers) == 0:
        raise EmptySplit
    return int(np.count_nonzero(answers == predictions)) / len(answers)


def f1_macro(answers: Codes, predictions: Codes) -> float:
    """The F1 score of each class, averaged with equal weight; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. The classes averaged are those that occur among the answers
    or the predictions of these rows, so an invented label, whose F1 is 0, lowers the mean.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.f1_score(average="macro").

    >>> round(f1_macro(np.array([0, 0, 1]), np.array([0, 1, 1])), 6)
    0.666667
    """
    if len(answers) == 0:
        raise EmptySplit
    classes = int(max(answers.max(), predictions.max())) + 1
    right = np.bincount(answers[answers == predictions], minlength=classes)
    # The denominator 2 TP + FP + FN is the number of times the class was true plus the times it was
    # predicted.
    either = np.bincount(answers, minlength=classes) + np.bincount(predictions, minlength=classes)
    seen = either > 0
    return float((2.0 * right[seen] / either[seen]).mean())


ONE_LABEL: dict[str, Metric] = {
    "accuracy": Metric(
        function=accuracy,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=0.0,
        summary="share of rows whose label is right",
        aliases=("categorization accuracy", "exact match of strings"),
    ),
    "f1_macro": Metric(
        function=f1_macro,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=0.0,
        summary="F1 of each class, averaged over the classes seen in truth or prediction",
        edges="a class that is only predicted has F1 0 and lowers the mean",
        aliases=("macro F1",),
    ),
}
