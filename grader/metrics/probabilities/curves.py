"""Metrics of part of a curve, and of the labels' ranking within a row."""

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import BIT, LABEL, SCORE
from grader.metrics.metric import Codes, Columns, Metric, Numbers, Parameter
from grader.metrics.needs import BOTH_CLASSES, SOME_POSITIVE
from grader.metrics.probabilities.precision import steps
from grader.time_limit import in_time


def _roc(answers: Numbers, predictions: Numbers) -> tuple[Numbers, Numbers]:
    """False and true positive rates at each distinct score, from (0, 0) to (1, 1)."""
    ones, rows = steps(answers, predictions)
    zeros = rows - ones
    return np.append(0.0, zeros / zeros[-1]), np.append(0.0, ones / ones[-1])


def partial_auc(answers: Numbers, predictions: Numbers, *, max_fpr: float) -> float:
    """The AUC up to a rate of false positives, so scaled that chance scores 0.5; 1.0 is best.

    answers: (n_rows,) of 0.0 and 1.0, both present. predictions: (n_rows,) finite scores. max_fpr: in (0, 1].
    Worse than chance may be below 0, to -inf as max_fpr nears 0. Raises EmptySplit when n_rows is 0.
    Source: McClish 1989; must equal sklearn.metrics.roc_auc_score(max_fpr=max_fpr).

    >>> partial_auc(np.array([0.0, 1.0]), np.array([0.1, 0.9]), max_fpr=0.5)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    false, true = _roc(answers, predictions)
    count = int(np.searchsorted(false, max_fpr, side="right"))
    x = np.append(false[:count], max_fpr)
    y = np.append(true[:count], np.interp(max_fpr, false, true))
    chance_area = 0.5 * max_fpr**2
    return float(0.5 * (1.0 + (np.trapezoid(y, x) - chance_area) / (max_fpr - chance_area)))


def weighted_auc(answers: Numbers, predictions: Numbers, *, tpr: float, weight: float) -> float:
    """The area under the ROC curve, of which the band below a true positive rate weighs more; 1.0 best.

    answers: (n_rows,) of 0.0 and 1.0, both present. predictions: (n_rows,) finite scores. tpr: where the
    lower band ends. weight: of the lower band, the upper one weighing 1. The bands are cut exactly. 0.0 is
    worst. Raises EmptySplit when n_rows is 0.
    Source: Kaggle's ALASKA2, whose script leaves out the pieces of the curve that cross a band's edge.

    >>> weighted_auc(np.array([0.0, 1.0]), np.array([0.1, 0.9]), tpr=0.4, weight=2.0)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    false, true = _roc(answers, predictions)
    lower = _area_below(false, true, tpr)
    upper = float(np.trapezoid(true, false)) - lower
    return (weight * lower + upper) / (weight * tpr + 1.0 - tpr)


def _area_below(x: Numbers, y: Numbers, level: float) -> float:
    """The area under min(y, level), whose pieces are linear and rise."""
    crossing = int(np.searchsorted(y, level))
    if crossing == len(y):
        return float(np.trapezoid(y, x))
    share = (level - y[crossing - 1]) / (y[crossing] - y[crossing - 1]) if crossing else 0.0
    cut = x[crossing - 1] + share * (x[crossing] - x[crossing - 1]) if crossing else 0.0
    before = np.trapezoid(np.append(y[:crossing], level), np.append(x[:crossing], cut))
    return float(before + level * (1.0 - cut))


def lwlrap(answers: Numbers, predictions: Numbers) -> float:
    """The precision at the rank of each true label of a row, averaged over labels; 1.0 is best, 0.0 worst.

    answers: (n_rows, n_labels) of 0.0 and 1.0, with a 1. predictions: the same shape, finite scores; of equal
    scores all count as ranked above. Raises EmptySplit when n_rows is 0. Source: Freesound 2019; must
    equal sklearn.metrics.label_ranking_average_precision_score weighted by the labels of each row.

    >>> lwlrap(np.array([[1.0, 0.0, 1.0]]), np.array([[0.9, 0.8, 0.7]]))
    0.8333333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    total = 0.0
    for truth, scores in in_time(zip(answers.T, predictions.T, strict=True)):
        rows = np.flatnonzero(truth > 0.5)
        above = predictions[rows] >= scores[rows, None]
        total += float(((above * answers[rows]).sum(axis=1) / above.sum(axis=1)).sum())
    return total / float(answers.sum())


def top_k_accuracy(answers: Codes, predictions: Numbers, *, k: int) -> float:
    """The share of rows whose class is among the k with the highest scores; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers. predictions: (n_rows, n_classes) finite scores. A class that ties with
    the true one counts as above it, so equal scores win nothing. Raises EmptySplit when n_rows is 0.
    Source: sklearn.metrics.top_k_accuracy_score, which lets ties depend on the order of the classes.

    >>> top_k_accuracy(np.array([2, 2]), np.array([[0.5, 0.1, 0.4], [0.5, 0.4, 0.1]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    true_scores = np.take_along_axis(predictions, answers[:, None], axis=1)
    return float(((predictions >= true_scores).sum(axis=1) <= k).mean())


CURVES: dict[str, Metric] = {
    "partial_auc": Metric(
        function=partial_auc,
        answers=BIT,
        predictions=SCORE,
        best=1.0,
        worst=-np.inf,
        summary=Message("AUC up to a rate of false positives, scaled so that chance scores 0.5"),
        edges=Message("a key with one class in a split is refused"),
        aliases=("pAUC", "AUC at low false positive rates"),
        parameters={"max_fpr": Parameter(float, 0.2, Message("the rate of false positives"), 1e-6, 1.0)},
        needs=(BOTH_CLASSES,),
    ),
    "weighted_auc": Metric(
        function=weighted_auc,
        answers=BIT,
        predictions=SCORE,
        best=1.0,
        worst=0.0,
        summary=Message("AUC of which the band below a true positive rate weighs more"),
        edges=Message("a key with one class in a split is refused; the bands are cut exactly"),
        aliases=("AUC weighted by bands",),
        parameters={
            "tpr": Parameter(float, 0.4, Message("where the lower band ends"), 0.0, 1.0),
            "weight": Parameter(float, 2.0, Message("of the lower band"), 1e-6, 1e6),
        },
        needs=(BOTH_CLASSES,),
    ),
    "lwlrap": Metric(
        function=lwlrap,
        answers=BIT,
        predictions=SCORE,
        columns=Columns.MANY,
        best=1.0,
        worst=0.0,
        summary=Message("precision at the rank of each true label within its row, averaged over the labels"),
        edges=Message("equal scores count as ranked above; a row without labels counts nothing"),
        aliases=("label-weighted LRAP", "label-weighted label-ranking average precision"),
        needs=(SOME_POSITIVE,),
    ),
    "top_k_accuracy": Metric(
        function=top_k_accuracy,
        answers=LABEL,
        predictions=SCORE,
        columns=Columns.PER_CLASS,
        best=1.0,
        worst=0.0,
        summary=Message("share of rows whose class is among the k with the highest scores"),
        edges=Message("a class that ties with the true one counts as above it"),
        aliases=("top-5 accuracy", "top k accuracy score"),
        parameters={"k": Parameter(int, 5, Message("how many classes count"), 1, 1000)},
    ),
}
