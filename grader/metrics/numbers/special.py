"""Metrics of numbers in a layout of their own: quantiles, value and confidence, directions, groups, times."""

from math import inf, log, pi, sqrt

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.counting.orders import concordance
from grader.metrics.fields import BIT, LABEL, NONNEGATIVE, NUMBER, SCORE
from grader.metrics.metric import Codes, Columns, Metric, Numbers, Parameter
from grader.metrics.needs import SOME_PAIR

LEAST_CONFIDENCE = 70.0  # that counts, in millilitres, as in OSIC's competition
LARGEST_ERROR = 1000.0  # the same
SMALLEST_ERROR = 1e-9  # of a group whose errors are all 0


def pinball_multi(answers: Numbers, predictions: Numbers, *, quantiles: tuple[float, ...]) -> float:
    """The mean pinball loss over several predicted quantiles of one number; 0.0 is best.

    answers: (n_rows,). predictions: (n_rows, n_quantiles), in the order of `quantiles`, each in [0, 1].
    Raises EmptySplit when n_rows is 0. Source: the mean of sklearn.metrics.mean_pinball_loss of the columns.

    >>> pinball_multi(np.array([1.0]), np.array([[1.0, 3.0]]), quantiles=(0.5, 0.75))
    0.25
    """
    if len(answers) == 0:
        raise EmptySplit
    errors = answers[:, None] - predictions
    level = np.array(quantiles)
    return float(np.maximum(level * errors, (level - 1.0) * errors).mean(axis=0).mean())


def laplace_log_likelihood(answers: Numbers, predictions: Numbers) -> float:
    """The mean log likelihood of a value under a Laplace distribution as wide as stated; -4.595 is best.

    answers: (n_rows,). predictions: (n_rows, 2), the value and its confidence, a standard deviation; below 70
    it counts as 70, and an error above 1000 counts as 1000. Raises EmptySplit when n_rows is 0.
    Source: Kaggle's OSIC pulmonary fibrosis.

    >>> round(laplace_log_likelihood(np.array([2000.0]), np.array([[2000.0, 70.0]])), 3)
    -4.595
    """
    if len(answers) == 0:
        raise EmptySplit
    width = np.maximum(predictions[:, 1], LEAST_CONFIDENCE)
    errors = np.minimum(np.abs(answers - predictions[:, 0]), LARGEST_ERROR)
    return float((-sqrt(2.0) * errors / width - np.log(sqrt(2.0) * width)).mean())


def mean_angular_error(answers: Numbers, predictions: Numbers) -> float:
    """The mean angle between two directions, in radians; 0.0 is best, pi worst.

    answers, predictions: (n_rows, 2), azimuth and zenith in radians. The angle is taken from the chord, which
    is exact for small angles too. Raises EmptySplit when n_rows is 0. Source: Kaggle's IceCube.

    >>> round(mean_angular_error(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])), 6)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    chords = np.linalg.norm(_directions(answers) - _directions(predictions), axis=1)
    return float((2.0 * np.arcsin(np.minimum(chords / 2.0, 1.0))).mean())


def _directions(angles: Numbers) -> Numbers:
    azimuth, zenith = angles.T
    return np.stack(
        [np.sin(zenith) * np.cos(azimuth), np.sin(zenith) * np.sin(azimuth), np.cos(zenith)], axis=1
    )


def group_mean_log_mae(answers: Numbers, predictions: Numbers, *, groups: Codes) -> float:
    """The natural logarithm of each group's mean absolute error, averaged over the groups; -20.72 is best.

    answers, predictions, groups: (n_rows,). A group without error counts as 1e-9. Groups are those of the
    split. Raises EmptySplit when n_rows is 0. Source: Kaggle's CHAMPS scalar coupling.

    >>> group_mean_log_mae(np.array([1.0, 1.0]), np.array([2.0, 2.0]), groups=np.array([0, 1]))
    0.0
    """
    if len(answers) == 0:
        raise EmptySplit
    counts = np.bincount(groups)
    sums = np.bincount(groups, weights=np.abs(answers - predictions))
    errors = sums[counts > 0] / counts[counts > 0]
    return float(np.log(np.maximum(errors, SMALLEST_ERROR)).mean())


def concordance_index(answers: Numbers, predictions: Numbers, *, events: Numbers | None = None) -> float:
    """The share of comparable pairs that are predicted in their order; 1.0 is best, 0.0 worst.

    answers: (n_rows,) times. predictions: (n_rows,) larger for what happens later; equal ones count one half.
    events: 1.0 where the time is that of the event, 0.0 where it was still to come; None: all observed.
    Raises EmptySplit when n_rows is 0. Source: Harrell's C; must equal lifelines.utils.concordance_index.

    >>> concordance_index(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0]))
    0.6666666666666666
    """
    if len(answers) == 0:
        raise EmptySplit
    observed = np.ones(len(answers), dtype=np.bool_) if events is None else events > 0.5
    concordant, pairs = concordance(answers, observed, predictions)
    return concordant / pairs


SPECIAL: dict[str, Metric] = {
    "pinball_multi": Metric(
        function=pinball_multi,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.OWN,
        best=0.0,
        worst=inf,
        summary=Message("mean pinball loss of several predicted quantiles of one number"),
        edges=Message(
            "columns in the order of `quantiles`; crossing quantiles are scored as they are; a file in "
            "which the lowest and the highest cross in every row is refused"
        ),
        rising="quantiles",
        aliases=("multiple quantile loss",),
        parameters={
            "quantiles": Parameter(
                tuple, None, Message("the quantile of each column"), 0.0, 1.0, per_column=True
            )
        },
    ),
    "laplace_log_likelihood": Metric(
        function=laplace_log_likelihood,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.OWN,
        width=2,
        best=-log(sqrt(2.0) * LEAST_CONFIDENCE),
        worst=-inf,
        summary=Message("log likelihood of a value under a Laplace distribution as wide as stated"),
        edges=Message("a confidence below 70 counts as 70, an error above 1000 as 1000"),
        aliases=("modified Laplace log likelihood",),
    ),
    "mean_angular_error": Metric(
        function=mean_angular_error,
        answers=NUMBER,
        predictions=NUMBER,
        columns=Columns.MANY,
        width=2,
        best=0.0,
        worst=pi,
        summary=Message("mean angle between two directions given as azimuth and zenith"),
        edges=Message("radians; any number is an angle"),
        aliases=("angular error",),
    ),
    "group_mean_log_mae": Metric(
        function=group_mean_log_mae,
        answers=NUMBER,
        predictions=NUMBER,
        best=log(SMALLEST_ERROR),
        worst=inf,
        summary=Message("log of each group's mean absolute error, averaged over the groups"),
        edges=Message("a group without error counts as 1e-9; a group's rows of one split"),
        aliases=("LMAE",),
        auxiliary={"groups": LABEL},
    ),
    "concordance_index": Metric(
        function=concordance_index,
        answers=NONNEGATIVE,
        predictions=SCORE,
        best=1.0,
        worst=0.0,
        summary=Message("share of comparable pairs that are predicted in their order"),
        edges=Message("equal predictions count one half; two events at one time are not compared"),
        aliases=("C-index", "Harrell's C"),
        auxiliary={"events": BIT},
        optional=frozenset({"events"}),
        needs=(SOME_PAIR,),
    ),
}
