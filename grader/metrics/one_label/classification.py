"""Metrics of one predicted label a row, from the counts of each class."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.counting.label_counts import LabelCounts
from grader.metrics.fields import LABEL, NONNEGATIVE
from grader.metrics.metric import Codes, Metric, Numbers
from grader.metrics.needs import SOME_WEIGHT

Counts = NDArray[np.int64]


def class_counts(answers: Codes, predictions: Codes) -> LabelCounts[Counts]:
    """The rows of each class that occurs, (n_classes,) each. Raises EmptySplit when there are no rows.

    >>> class_counts(np.array([0, 0, 3]), np.array([0, 3, 3])).predictions.tolist()
    [1, 2]
    """
    if len(answers) == 0:
        raise EmptySplit
    classes = int(max(answers.max(), predictions.max())) + 1
    hits, *both = (
        np.bincount(each, minlength=classes)
        for each in (answers[answers == predictions], answers, predictions)
    )
    occurs = both[0] + both[1] > 0
    return LabelCounts(hits[occurs], both[0][occurs], both[1][occurs])


def share(part: Counts, whole: Counts) -> Numbers:
    """part / whole, and 0 where whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


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


def classification_error(answers: Codes, predictions: Codes) -> float:
    """The share of rows whose predicted label is not the true one; 0.0 is best, 1.0 worst.

    answers, predictions: (n_rows,) class numbers. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.zero_one_loss.

    >>> classification_error(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    return int(np.count_nonzero(answers != predictions)) / len(answers)


def weighted_accuracy(answers: Codes, predictions: Codes, *, weights: Numbers) -> float:
    """The weight of the rows whose label is right, of the weight of all; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. weights: (n_rows,) from 0 up, not all 0.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.accuracy_score(sample_weight=weights).

    >>> weighted_accuracy(np.array([0, 1]), np.array([0, 0]), weights=np.array([3.0, 1.0]))
    0.75
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(np.average(answers == predictions, weights=weights))


def balanced_accuracy(answers: Codes, predictions: Codes) -> float:
    """The recall of each class, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. A class that is only predicted is left out.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.balanced_accuracy_score.

    >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    0.5
    """
    counts = class_counts(answers, predictions)
    occurs = counts.answers > 0
    return float((counts.hits[occurs] / counts.answers[occurs]).mean())


def f1_macro(answers: Codes, predictions: Codes) -> float:
    """The F1 score of each class, averaged with equal weight; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. The classes averaged are those that occur among the answers
    or the predictions of these rows, so an invented label, whose F1 is 0, lowers the mean.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.f1_score(average="macro").

    >>> round(f1_macro(np.array([0, 0, 1]), np.array([0, 1, 1])), 6)
    0.666667
    """
    counts = class_counts(answers, predictions)
    return float((2.0 * counts.hits / (counts.answers + counts.predictions)).mean())


def f1_weighted(answers: Codes, predictions: Codes) -> float:
    """The F1 score of each class, weighted by its number of true rows; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.f1_score(average="weighted").

    >>> round(f1_weighted(np.array([0, 0, 1]), np.array([0, 1, 1])), 6)
    0.666667
    """
    counts = class_counts(answers, predictions)
    scores = 2.0 * counts.hits / (counts.answers + counts.predictions)
    return float((scores * counts.answers).sum() / len(answers))


def precision_macro(answers: Codes, predictions: Codes) -> float:
    """The precision of each class, averaged with equal weight; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. A class that is never predicted counts 0.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.precision_score(average="macro", zero_division=0).

    >>> precision_macro(np.array([0, 0, 1]), np.array([0, 0, 0]))
    0.3333333333333333
    """
    counts = class_counts(answers, predictions)
    return float(share(counts.hits, counts.predictions).mean())


def recall_macro(answers: Codes, predictions: Codes) -> float:
    """The recall of each class, averaged with equal weight; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. A class that is only predicted counts 0, unlike in
    balanced_accuracy. Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.recall_score(average="macro", zero_division=0).

    >>> recall_macro(np.array([0, 0]), np.array([0, 1]))
    0.25
    """
    counts = class_counts(answers, predictions)
    return float(share(counts.hits, counts.answers).mean())


def jaccard_macro(answers: Codes, predictions: Codes) -> float:
    """The intersection over union of each class, averaged with equal weight; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) class numbers. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.jaccard_score(average="macro").

    >>> jaccard_macro(np.array([0, 0, 1]), np.array([0, 1, 1]))
    0.5
    """
    counts = class_counts(answers, predictions)
    return float((counts.hits / (counts.answers + counts.predictions - counts.hits)).mean())


def _metric(
    function: Callable[..., float],
    summary: Text,
    *aliases: str,
    edges: str = "",
    lower_is_better: bool = False,
) -> Metric:
    return Metric(
        function=function,
        answers=LABEL,
        predictions=LABEL,
        best=0.0 if lower_is_better else 1.0,
        worst=1.0 if lower_is_better else 0.0,
        summary=summary,
        edges=edges,
        aliases=aliases,
    )


PREDICTED_ONLY = Message("a class that is only predicted counts 0 and lowers the mean")
OF_CLASSES: dict[str, Metric] = {
    "accuracy": _metric(
        accuracy,
        Message("share of rows whose label is right"),
        "categorization accuracy",
        "exact match of strings",
        edges=Message("of one label a row, f1_micro is the same number"),
    ),
    "classification_error": _metric(
        classification_error,
        Message("share of rows whose label is wrong"),
        "top-1 error",
        "zero one loss",
        lower_is_better=True,
    ),
    "weighted_accuracy": Metric(
        function=weighted_accuracy,
        answers=LABEL,
        predictions=LABEL,
        best=1.0,
        worst=0.0,
        summary=Message("weight of the rows whose label is right, of all weight"),
        edges=Message("divided by the sum of the weights, which must not be 0"),
        auxiliary={"weights": NONNEGATIVE},
        needs=(SOME_WEIGHT,),
    ),
    "balanced_accuracy": _metric(
        balanced_accuracy,
        Message("recall of each class, averaged"),
        edges=Message("a class that is only predicted is left out"),
    ),
    "f1_macro": _metric(
        f1_macro,
        Message("F1 of each class, averaged over the classes seen in truth or prediction"),
        "macro F1",
        edges=PREDICTED_ONLY,
    ),
    "f1_weighted": _metric(
        f1_weighted, Message("F1 of each class, weighted by its true rows"), "weighted F1"
    ),
    "precision_macro": _metric(
        precision_macro,
        Message("precision of each class, averaged"),
        "macro precision",
        edges=Message("never predicted counts 0"),
    ),
    "recall_macro": _metric(
        recall_macro, Message("recall of each class, averaged"), "macro recall", edges=PREDICTED_ONLY
    ),
    "jaccard_macro": _metric(
        jaccard_macro,
        Message("intersection over union of each class, averaged"),
        "mean IoU over classes",
        edges=PREDICTED_ONLY,
    ),
}
OF_CLASSES["f1_micro"] = replace(
    OF_CLASSES["accuracy"],
    summary=Message("F1 of all classes together"),
    edges=Message("of one label a row, the same number as accuracy"),
    aliases=("micro F1", "MeanFScore"),
)
