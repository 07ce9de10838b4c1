"""Metrics of a score or a probability for class 1."""

import numpy as np

from grader.errors import EmptySplit, OneClassOnly
from grader.messages import Message
from grader.metrics.counting.pairs import twice_the_wins
from grader.metrics.fields import BIT, NONNEGATIVE, SCORE, UNIT
from grader.metrics.metric import Metric, Numbers, mean_of_rows
from grader.metrics.needs import BOTH_CLASSES, SOME_WEIGHT

LOG_LOSS_EPSILON = 1e-15  # Kaggle's; scikit-learn cuts at 2.2e-16
LOG_LOSS_WORST = -float(np.log(LOG_LOSS_EPSILON))


def log_loss(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> float:
    """The mean negative natural logarithm of the probability given to the true class; 0.0 is best.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) probabilities of class 1, in [0, 1]. weights:
    (n_rows,), what each row counts; None: all alike.
    A probability is cut to [1e-15, 1 - 1e-15], so a row costs at most 34.54 and a score is finite. One class
    only is fine. Raises EmptySplit when n_rows is 0.
    Source: Kaggle's rule; sklearn.metrics.log_loss(labels=[0, 1]) where no probability is cut.

    >>> round(log_loss(np.array([0.0, 1.0]), np.array([0.5, 0.5])), 6)
    0.693147
    """
    if len(answers) == 0:
        raise EmptySplit
    true_probabilities = np.abs(
        (1.0 - answers) - predictions
    )  # predictions where the answer is 1, 1 - predictions where it is 0
    np.clip(true_probabilities, LOG_LOSS_EPSILON, 1.0 - LOG_LOSS_EPSILON, out=true_probabilities)
    np.log(true_probabilities, out=true_probabilities)
    return max(0.0, -float(mean_of_rows(true_probabilities, weights)))


def roc_auc(answers: Numbers, predictions: Numbers) -> float:
    """The chance that a row of class 1 is scored above a row of class 0; 1.0 is best, 0.0 worst.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) finite scores, larger for class 1; equal scores
    count one half. Raises EmptySplit when n_rows is 0 and OneClassOnly when a class has no row.
    Source: must equal sklearn.metrics.roc_auc_score.

    >>> roc_auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    if len(answers) == 0:
        raise EmptySplit
    positive = answers > 0.5
    ones = int(np.count_nonzero(positive))
    pairs = ones * (len(positive) - ones)
    if pairs == 0:
        raise OneClassOnly
    return twice_the_wins(predictions, positive) / (2 * pairs)


PROBABILITIES: dict[str, Metric] = {
    "roc_auc": Metric(
        function=roc_auc,
        answers=BIT,
        predictions=SCORE,
        best=1.0,
        worst=0.0,
        summary=Message("chance that a row of class 1 is scored above a row of class 0"),
        edges=Message("equal scores count one half; a key with one class in a split is refused"),
        aliases=("AUC", "AUROC"),
        needs=(BOTH_CLASSES,),
    ),
    "log_loss": Metric(
        function=log_loss,
        answers=BIT,
        predictions=UNIT,
        best=0.0,
        worst=LOG_LOSS_WORST,
        summary=Message("mean negative log of the probability given to the true class"),
        edges=Message(
            "probabilities are cut to [1e-15, 1 - 1e-15]; one class in a split is fine; a column of the key "
            "may "
            "weigh the rows; the sum of the weights must not be 0"
        ),
        aliases=("binary cross entropy", "logloss"),
        auxiliary={"weights": NONNEGATIVE},
        optional=frozenset({"weights"}),
        needs=(SOME_WEIGHT,),
    ),
}
