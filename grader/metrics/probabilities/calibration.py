"""Metrics of calibration: how far stated probabilities are from how often they come true."""

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import BIT, LABEL, UNIT
from grader.metrics.metric import Codes, Columns, Metric, Numbers, Parameter


def calibration_error(answers: Numbers, predictions: Numbers, *, bins: int) -> float:
    """The expected calibration error of the probability of class 1; 0.0 is best, 1.0 worst.

    answers: (n_rows,) of 0.0 and 1.0. predictions: (n_rows,) probabilities of 1.0. bins: into how many equal
    stretches of [0, 1] the probabilities are parted, each with its lower end, the last with both. A constant
    at the share of class 1 scores 0.0 too. Raises EmptySplit when n_rows is 0.
    Source: the sum over bins of |mean probability - share of class 1| * rows / all rows (Naeini 2015).

    >>> calibration_error(np.array([1.0, 0.0, 1.0]), np.array([0.75, 0.75, 1.0]), bins=10)
    0.16666666666666666
    """
    if len(answers) == 0:
        raise EmptySplit
    numbers = np.minimum((predictions * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(numbers, weights=predictions - answers)
    return float(np.abs(gaps).sum() / len(answers))


def calibration_error_multiclass(answers: Codes, predictions: Numbers, *, bins: int) -> float:
    """The expected calibration error of the share of each row's likeliest class; 0.0 is best, 1.0 worst.

    answers: (n_rows,) class numbers. predictions: (n_rows, n_classes), which add up to 1 in each row; of
    equal shares the first class's counts. bins: as in calibration_error. Raises EmptySplit when n_rows is 0.
    Source: the sum over bins of |mean share - accuracy| * rows / all rows (Guo et al. 2017).

    >>> calibration_error_multiclass(np.array([0, 1]), np.array([[0.75, 0.25], [0.75, 0.25]]), bins=15)
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    is_right = (predictions.argmax(axis=1) == answers) * 1.0
    return calibration_error(is_right, predictions.max(axis=1), bins=bins)


BINS = {
    "bins": Parameter(int, 15, Message("into how many equal stretches the probabilities are parted"), 1, 1000)
}
CALIBRATION: dict[str, Metric] = {
    "calibration_error": Metric(
        function=calibration_error,
        answers=BIT,
        predictions=UNIT,
        best=0.0,
        worst=1.0,
        summary=Message("expected calibration error of the probability of class 1"),
        edges=Message("equal bins, each with its lower end; a constant at the share of class 1 scores 0"),
        aliases=("ECE of class 1", "binary calibration error"),
        parameters=BINS,
    ),
    "calibration_error_multiclass": Metric(
        function=calibration_error_multiclass,
        answers=LABEL,
        predictions=UNIT,
        columns=Columns.PER_CLASS,
        best=0.0,
        worst=1.0,
        summary=Message("expected calibration error of the share of the likeliest class"),
        edges=Message(
            "a row is divided by its sum; a row of zeros is refused; of equal shares the first counts"
        ),
        aliases=("ECE", "expected calibration error"),
        shares=True,
        parameters=BINS,
    ),
}
