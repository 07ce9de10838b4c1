"""Metrics of one class against all others: precision, recall and what is made of them."""

from collections.abc import Callable

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.counting.label_counts import LabelCounts
from grader.metrics.fields import LABEL
from grader.metrics.metric import Codes, Metric, Parameter
from grader.metrics.needs import HAS_NEGATIVE, HAS_POSITIVE


def _counts_of(positive: int, answers: Codes, predictions: Codes) -> LabelCounts[int]:
    """The rows of one class. Raises EmptySplit when there are no rows at all.

    >>> _counts_of(1, np.array([1, 1, 0]), np.array([1, 0, 0]))
    LabelCounts(hits=1, answers=2, predictions=1)
    """
    if len(answers) == 0:
        raise EmptySplit
    is_true, is_predicted = answers == positive, predictions == positive
    return LabelCounts(
        *(int(np.count_nonzero(rows)) for rows in (is_true & is_predicted, is_true, is_predicted))
    )


def fbeta_binary(answers: Codes, predictions: Codes, *, positive: int, beta: float) -> float:
    """The F-beta score of one class, which weighs recall beta times precision; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers; positive: that of the class. 0.0 where it is never right.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.fbeta_score(pos_label=positive).

    >>> fbeta_binary(np.array([1, 1, 0]), np.array([1, 0, 0]), positive=1, beta=2.0)
    0.5555555555555556
    """
    counts = _counts_of(positive, answers, predictions)
    weight = beta * beta
    whole = weight * counts.answers + counts.predictions
    return (1.0 + weight) * counts.hits / whole if counts.hits else 0.0


def f1_binary(answers: Codes, predictions: Codes, *, positive: int) -> float:
    """The F1 score of one class; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers; positive: that of the class. 0.0 where it is never right.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.f1_score(pos_label=positive).

    >>> round(f1_binary(np.array([1, 1, 0]), np.array([1, 0, 0]), positive=1), 6)
    0.666667
    """
    return fbeta_binary(answers, predictions, positive=positive, beta=1.0)


def precision_binary(answers: Codes, predictions: Codes, *, positive: int) -> float:
    """The share of the rows predicted to be of one class that are; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers; positive: that of the class. 0.0 where it is not predicted.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.precision_score(zero_division=0).

    >>> precision_binary(np.array([1, 1, 0]), np.array([1, 0, 1]), positive=1)
    0.5
    """
    counts = _counts_of(positive, answers, predictions)
    return counts.hits / counts.predictions if counts.predictions else 0.0


def recall_binary(answers: Codes, predictions: Codes, *, positive: int) -> float:
    """The share of the rows of one class that are predicted to be; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers; positive: that of the class, which has a row.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.recall_score(pos_label=positive).

    >>> recall_binary(np.array([1, 1, 0]), np.array([1, 0, 1]), positive=1)
    0.5
    """
    counts = _counts_of(positive, answers, predictions)
    return counts.hits / counts.answers if counts.answers else 0.0


def specificity(answers: Codes, predictions: Codes, *, positive: int) -> float:
    """The share of the rows of the other classes that are not taken for this one; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers; positive: that of the class; another has a row.
    Raises EmptySplit when n_rows is 0. Source: the recall of class 0 in scikit-learn, all others being 1.

    >>> specificity(np.array([1, 0, 0]), np.array([1, 0, 1]), positive=1)
    0.5
    """
    counts = _counts_of(positive, answers, predictions)
    others = len(answers) - counts.answers
    return 1.0 - (counts.predictions - counts.hits) / others if others else 0.0


POSITIVE_LABEL = Parameter(str, "1", Message("the label of the class that counts"), is_label=True)


def _metric(
    function: Callable[..., float], summary: Text, edges: Text, *aliases: str, **more: Parameter
) -> Metric:
    return Metric(
        function=function,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=edges,
        aliases=aliases,
        parameters={"positive": POSITIVE_LABEL, **more},
        needs=(HAS_NEGATIVE,) if function is specificity else (HAS_POSITIVE,),
    )


NEVER_RIGHT = Message("0 where the class is never right; a key without it in a split is refused")
OF_ONE_CLASS: dict[str, Metric] = {
    "f1_binary": _metric(
        f1_binary, Message("F1 of one class"), NEVER_RIGHT, "F1", "F-score of the positive class"
    ),
    "fbeta_binary": _metric(
        fbeta_binary,
        Message("F-beta of one class"),
        NEVER_RIGHT,
        "F-beta",
        beta=Parameter(float, 0.5, Message("how many times recall weighs precision"), 0.01, 100.0),
    ),
    "precision_binary": _metric(
        precision_binary,
        Message("share of the rows said to be of a class that are"),
        Message("0 where it is never predicted"),
        "precision",
    ),
    "recall_binary": _metric(
        recall_binary,
        Message("share of the rows of a class that are found"),
        NEVER_RIGHT,
        "recall",
        "sensitivity",
    ),
    "specificity": _metric(
        specificity,
        Message("share of the other rows that are not taken for the class"),
        Message("a key without the class, or without other rows in a split, is refused"),
        "true negative rate",
    ),
}
