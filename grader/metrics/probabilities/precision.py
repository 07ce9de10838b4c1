"""Metrics of the ranking that scores give to the rows of class 1."""

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import BIT, NONNEGATIVE, SCORE, UNIT
from grader.metrics.metric import Metric, Numbers, mean_of_rows
from grader.metrics.needs import BOTH_CLASSES, POSITIVE_EVERYWHERE, SOME_WEIGHT, WEIGHABLE
from grader.metrics.probabilities.probability import roc_auc


def steps(answers: Numbers, predictions: Numbers) -> tuple[Numbers, Numbers]:
    """Rows of class 1, and all rows, at or above each distinct score, the highest first; (n_levels,) each.

    >>> ones, rows = steps(np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.5, 0.9]))
    >>> ones.tolist(), rows.tolist()
    ([1.0, 2.0], [1.0, 3.0])
    """
    order = np.argsort(-predictions, kind="stable")
    ordered = predictions[order]
    last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    return np.cumsum(answers[order])[last], last + 1.0


def average_precision(answers: Numbers, predictions: Numbers) -> float:
    """The precision at each step of recall, summed over the steps; 1.0 is best, 0.0 worst.

    answers: (n_rows,) of 0.0 and 1.0, with a 1. predictions: (n_rows,) finite scores; rows of equal score are
    one step. Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.average_precision_score,
    which is not the area under a drawn precision-recall curve.

    >>> average_precision(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.7]))
    0.8333333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    ones, rows = steps(answers, predictions)
    return float((np.diff(ones, prepend=0.0) * ones / rows).sum() / ones[-1])


def gini_normalised(answers: Numbers, predictions: Numbers) -> float:
    """2 AUC - 1; 1.0 is best, -1.0 worst.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) finite scores; equal ones count one half, where
    the sum that Kaggle once used depends on the order of the rows. Raises EmptySplit when n_rows is 0.
    Source: 2 * sklearn.metrics.roc_auc_score - 1.

    >>> gini_normalised(np.array([0.0, 1.0]), np.array([0.1, 0.9]))
    1.0
    """
    return 2.0 * roc_auc(answers, predictions) - 1.0


def eer(answers: Numbers, predictions: Numbers) -> float:
    """The equal error rate: where the ROC curve has as many false alarms as misses; 0.0 is best, 1.0 worst.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) finite scores. The curve is linear between its
    points. Raises EmptySplit when n_rows is 0.
    Source: the root of 1 - x - interp(x) over sklearn.metrics.roc_curve.

    >>> eer(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.2, 0.3, 0.4]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    ones, rows = steps(answers, predictions)
    hits = np.concatenate([[0.0], ones / ones[-1]])
    alarms = np.concatenate([[0.0], (rows - ones) / (rows[-1] - ones[-1])])
    excess = alarms + hits - 1.0  # rises from -1 to 1
    after = int(np.argmax(excess >= 0.0))
    before = after - 1
    share = -excess[before] / (excess[after] - excess[before])
    return float(alarms[before] + share * (alarms[after] - alarms[before]))


def brier(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> float:
    """The mean squared error of the probabilities; 0.0 is best, 1.0 worst.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) probabilities of class 1. weights: (n_rows,),
    what each row counts; None: all alike.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.brier_score_loss.

    >>> brier(np.array([0.0, 1.0]), np.array([0.5, 1.0]))
    0.125
    """
    if len(answers) == 0:
        raise EmptySplit
    errors = answers - predictions
    return float(mean_of_rows(errors * errors, weights))


def probabilistic_f1(answers: Numbers, predictions: Numbers) -> float:
    """The F1 score with probabilities for counts; 1.0 is best, 0.0 worst.

    answers: (n_rows,) of 0.0 and 1.0, with a 1. predictions: (n_rows,) probabilities of class 1. 0.0 where
    no row of class 1 gets any. Raises EmptySplit when n_rows is 0.
    Source: Yacouby and Axman 2020, as in Kaggle's RSNA breast cancer competition.

    >>> round(probabilistic_f1(np.array([0.0, 1.0]), np.array([0.0, 0.5])), 6)
    0.666667
    """
    if len(answers) == 0:
        raise EmptySplit
    hit_sum, prediction_sum = float((answers * predictions).sum()), float(predictions.sum())
    return 2.0 * hit_sum / (float(answers.sum()) + prediction_sum) if hit_sum > 0.0 else 0.0


RANKED: dict[str, Metric] = {
    "average_precision": Metric(
        function=average_precision,
        answers=BIT,
        predictions=SCORE,
        best=1.0,
        worst=0.0,
        summary=Message("precision at each step of recall, summed"),
        edges=Message("rows of equal score are one step; a key without positive rows in a split is refused"),
        aliases=("AP", "PR-AUC"),
        needs=(POSITIVE_EVERYWHERE,),
    ),
    "gini_normalised": Metric(
        function=gini_normalised,
        answers=BIT,
        predictions=SCORE,
        best=1.0,
        worst=-1.0,
        summary=Message("2 AUC - 1"),
        edges=Message("equal scores count one half"),
        aliases=("normalized gini", "gini"),
        needs=(BOTH_CLASSES,),
    ),
    "eer": Metric(
        function=eer,
        answers=BIT,
        predictions=SCORE,
        best=0.0,
        worst=1.0,
        summary=Message("rate at which false alarms and misses are equally frequent"),
        edges=Message("interpolated between the points of the curve"),
        aliases=("equal error rate",),
        needs=(BOTH_CLASSES,),
    ),
    "brier": Metric(
        function=brier,
        answers=BIT,
        predictions=UNIT,
        best=0.0,
        worst=1.0,
        summary=Message("mean squared error of the probabilities"),
        edges=WEIGHABLE,
        aliases=("brier score",),
        auxiliary={"weights": NONNEGATIVE},
        optional=frozenset({"weights"}),
        needs=(SOME_WEIGHT,),
    ),
    "probabilistic_f1": Metric(
        function=probabilistic_f1,
        answers=BIT,
        predictions=UNIT,
        best=1.0,
        worst=0.0,
        summary=Message("F1 with probabilities for counts"),
        edges=Message(
            "0 where no row of class 1 gets any; a key without positive rows in a split is refused"
        ),
        aliases=("pF1",),
        needs=(POSITIVE_EVERYWHERE,),
    ),
}
