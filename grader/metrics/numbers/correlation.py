"""Metrics of how well predicted numbers go along with the true ones."""

from math import sqrt

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import NONNEGATIVE, NUMBER, SCORE
from grader.metrics.metric import Columns, Metric, Numbers
from grader.metrics.needs import VARIED


def pearson(answers: Numbers, predictions: Numbers) -> float:
    """Pearson's correlation, -1 to 1.

    answers, predictions: (n_rows,); answers are not all equal. Predictions that are all equal score 0.0.
    Raises EmptySplit when n_rows is 0. Source: must equal scipy.stats.pearsonr.

    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 12)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    if predictions.min() == predictions.max() or answers.min() == answers.max():
        return 0.0
    first, second = _unit(answers), _unit(predictions)
    for sign in (1.0, -1.0):
        if np.array_equal(first, sign * second):  # the sum of the squares may miss 1 by a bit
            return sign
    return float(np.clip(np.add.reduce(first * second), -1.0, 1.0))


def _unit(values: Numbers) -> Numbers:
    """The values less their mean, of length 1; scaled first, so that no square is lost or overflows."""
    deviations = values - values.mean()
    deviations /= np.abs(deviations).max()
    unit: Numbers = deviations / sqrt(float(np.add.reduce(deviations * deviations)))
    return unit


def spearman(answers: Numbers, predictions: Numbers) -> float:
    """Spearman's rank correlation, -1 to 1: Pearson's of the ranks, equal values sharing the mean of theirs.

    answers, predictions: (n_rows,); answers are not all equal. Predictions that are all equal score 0.0.
    Raises EmptySplit when n_rows is 0. Source: must equal scipy.stats.spearmanr.

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 20.0, 300.0])), 12)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return pearson(ranks(answers), ranks(predictions))


def ranks(values: Numbers) -> Numbers:
    """Ranks from 1, equal values sharing the mean of theirs, (n,).

    >>> ranks(np.array([5.0, 7.0, 5.0])).tolist()
    [1.5, 3.0, 1.5]
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Numbers = np.cumsum(counts) - (counts - 1) / 2.0
    return means[places]


def spearman_mean_columns(answers: Numbers, predictions: Numbers) -> float:
    """Spearman's rank correlation of each column, averaged; -1 to 1.

    answers, predictions: (n_rows, n_targets); no column of answers is constant. A column of predictions that
    is constant counts 0.0. Raises EmptySplit when n_rows is 0.
    Source: the mean over the columns of scipy.stats.spearmanr.

    >>> found = np.array([[1.0, 5.0], [2.0, 4.0]])
    >>> round(spearman_mean_columns(np.array([[1.0, 1.0], [2.0, 2.0]]), found), 12)
    0.0
    """
    if len(answers) == 0:
        raise EmptySplit
    pairs = zip(answers.T, predictions.T, strict=True)
    return float(np.mean([spearman(one, other) for one, other in pairs]))


def kendall_tau(answers: Numbers, predictions: Numbers) -> float:
    """Kendall's tau-b, -1 to 1: pairs in the same order less pairs in the other, allowing for ties.

    answers, predictions: (n_rows,); answers are not all equal. Predictions that are all equal score 0.0.
    Raises EmptySplit when n_rows is 0. Source: must equal scipy.stats.kendalltau(variant="b"). By merge sort,
    O(n log n).

    >>> round(kendall_tau(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])), 12)
    0.333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    first = np.unique(answers, return_inverse=True)[1]
    second = np.unique(predictions, return_inverse=True)[1]
    rows = len(first)
    pairs = rows * (rows - 1) // 2
    tied_first, tied_second = _tied(first), _tied(second)
    tied_both = _tied(first * (int(second.max()) + 1) + second)
    if pairs in (tied_first, tied_second):
        return 0.0
    in_order = second[np.lexsort((second, first))]
    discordant = inversions(in_order)
    surplus = pairs - tied_first - tied_second + tied_both - 2 * discordant
    tau = surplus / sqrt(pairs - tied_first) / sqrt(pairs - tied_second)
    return float(np.clip(tau, -1.0, 1.0))


def _tied(codes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    counts = np.unique(codes, return_counts=True)[1].astype(object)
    return int((counts * (counts - 1) // 2).sum())


def inversions(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """The pairs that stand in descending order. values: (n,) whole numbers from 0, below n.

    Bit by bit from the highest: rows that agree on the higher bits and differ in this one are counted, then
    split, as in a radix sort.

    >>> inversions(np.array([2, 0, 1]))
    2
    """
    total, values = 0, values.astype(np.int64)
    for bit in reversed(range(int(values.max(initial=0)).bit_length())):
        group = values >> (bit + 1)
        starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
        one = (values >> bit) & 1
        before = np.cumsum(one) - one
        first = np.repeat(starts, np.diff(np.append(starts, len(values))))
        total += int(((before - before[first]) * (1 - one)).sum())
        values = values[np.lexsort((one, group))] if len(values) else values
    return total


def gini_amounts(answers: Numbers, predictions: Numbers) -> float:
    """The Gini coefficient of amounts in the order of the predictions, of that in their own; -1 to 1.

    answers: (n_rows,) amounts from 0 up, not all equal, such as losses. predictions: (n_rows,) finite scores;
    rows of equal score share their amounts, where the sum that Kaggle once used depends on the order of the
    rows. Of amounts 0 and 1 it is 2 AUC - 1. Raises EmptySplit when n_rows is 0.
    Source: Kaggle's Liberty Mutual and Allstate; the sum over all pairs of rows of the difference of amounts
    with the sign of the scores' difference, of the sum of its absolute value.

    >>> gini_amounts(np.array([0.0, 10.0, 90.0]), np.array([0.2, 0.1, 0.9]))
    0.8888888888888888
    """
    if len(answers) == 0:
        raise EmptySplit
    amounts = answers / answers.max()
    return float(np.clip(_gini(amounts, predictions) / _gini(amounts, amounts), -1.0, 1.0))


def _gini(amounts: Numbers, scores: Numbers) -> float:
    """How far the amounts of high scores exceed those of low ones, up to a factor; 0 without an order."""
    _, level, counts = np.unique(scores, return_inverse=True, return_counts=True)
    sums = np.bincount(level, weights=amounts)
    below = np.cumsum(counts) - counts
    return float((sums * (2.0 * below + counts - len(scores))).sum())


def concordance_correlation(answers: Numbers, predictions: Numbers) -> float:
    """Lin's concordance correlation, -1 to 1: 2 cov / (var + var + (difference of means)**2), all over n.

    answers, predictions: (n_rows,); answers are not all equal. Raises EmptySplit when n_rows is 0.
    Source: Lin 1989, Biometrics 45, with moments over n (as torchmetrics), not n - 1.

    >>> concordance_correlation(np.array([1.0, 3.0]), np.array([1.0, 3.0]))
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    scale = max(float(np.abs(answers).max()), float(np.abs(predictions).max()), 1e-100)
    first, second = answers / scale, predictions / scale
    mean_difference = float(first.mean() - second.mean())
    one, other = first - first.mean(), second - second.mean()
    denominator = float((one * one).mean() + (other * other).mean()) + mean_difference * mean_difference
    return (
        float(np.clip(2.0 * float((one * other).mean()) / denominator, -1.0, 1.0))
        if denominator > 0.0
        else 0.0
    )


RANK_ONLY = (spearman, spearman_mean_columns, kendall_tau)


def _correlation(function: object, summary: Text, *aliases: str, columns: Columns = Columns.ONE) -> Metric:
    return Metric(
        function=function,  # type: ignore[arg-type]
        answers=NUMBER,
        predictions=SCORE if function in RANK_ONLY else NUMBER,
        columns=columns,
        best=1.0,
        worst=-1.0,
        summary=summary,
        edges=Message("constant predictions score 0; a key that is constant is refused"),
        aliases=aliases,
        needs=(VARIED,),
    )


CORRELATIONS: dict[str, Metric] = {
    "pearson": _correlation(pearson, Message("Pearson's correlation"), "pearson correlation", "pearsonr"),
    "spearman": _correlation(
        spearman, Message("Spearman's rank correlation"), "spearman correlation", "spearmanr"
    ),
    "spearman_mean_columns": _correlation(
        spearman_mean_columns,
        Message("Spearman's rank correlation of each column, averaged"),
        "mean column-wise spearman",
        columns=Columns.MANY,
    ),
    "kendall_tau": _correlation(kendall_tau, Message("Kendall's tau-b"), "kendall", "kendalltau"),
    "gini_amounts": Metric(
        function=gini_amounts,
        answers=NONNEGATIVE,
        predictions=SCORE,
        best=1.0,
        worst=-1.0,
        summary=Message("Gini coefficient of amounts in the predicted order, of that in their own"),
        edges=Message("rows of equal score share their amounts; a key that is constant is refused"),
        aliases=("normalised gini of amounts", "normalized gini coefficient"),
        needs=(VARIED,),
    ),
    "concordance_correlation": _correlation(
        concordance_correlation, Message("Lin's concordance correlation, moments over n"), "CCC"
    ),
}
