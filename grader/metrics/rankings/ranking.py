"""Metrics of lists, best first, against the items that are relevant."""

from collections.abc import Callable

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.counting.hits import hits, sizes
from grader.metrics.fields import ITEMS, LABEL
from grader.metrics.lists import Lists
from grader.metrics.metric import Codes, Mask, Metric, Numbers, Parameter
from grader.metrics.needs import NO_EMPTY_LIST


def average_precisions(answers: Lists, predictions: Lists, *, k: int) -> Numbers:
    """The average precision of each row, (n_rows,)."""
    rows, ranks = hits(answers, predictions.first(k))
    counts = np.bincount(rows, minlength=len(answers))
    nth = np.arange(1, len(rows) + 1) - (np.cumsum(counts) - counts)[rows]  # of the hits of its row
    sums: Numbers = np.bincount(rows, weights=nth / (ranks + 1.0), minlength=len(answers)).astype(np.float64)
    return sums / np.minimum(sizes(answers), k)


def reciprocal_ranks(answers: Lists, predictions: Lists, *, k: int) -> Numbers:
    """1 / rank of the first hit of each row, 0.0 without any, (n_rows,)."""
    rows, ranks = hits(answers, predictions.first(k))
    best = np.zeros(len(answers))
    best[rows[::-1]] = 1.0 / (ranks[::-1] + 1.0)  # the first hit is written last
    return best


def _right(answers: Lists, predictions: Lists, k: int) -> Numbers:
    """How many of the first k are right, (n_rows,)."""
    return np.bincount(hits(answers, predictions.first(k))[0], minlength=len(answers)).astype(np.float64)


def recalls(answers: Lists, predictions: Lists, *, k: int) -> Numbers:
    """The share of the relevant items of each row that are among its first k, (n_rows,)."""
    return _right(answers, predictions, k) / sizes(answers)


def precisions(answers: Lists, predictions: Lists, *, k: int) -> Numbers:
    """The share of the first k places of each row that are right, (n_rows,)."""
    return _right(answers, predictions, k) / k


def hit_rows(answers: Lists, predictions: Lists, *, k: int) -> Mask:
    """Whether each row has a hit among its first k, (n_rows,)."""
    return _right(answers, predictions, k) > 0.0


def discounted_gains(answers: Lists, predictions: Lists, *, k: int) -> Numbers:
    """The discounted gain of each row, of the best possible, (n_rows,)."""
    rows, ranks = hits(answers, predictions.first(k))
    discounts = 1.0 / np.log2(np.arange(k) + 2.0)
    gains: Numbers = np.bincount(rows, weights=discounts[ranks], minlength=len(answers)).astype(np.float64)
    ideal: Numbers = np.cumsum(discounts)[np.minimum(sizes(answers), k) - 1]
    return gains / ideal


def map_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """Mean average precision at k; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row, at least one. predictions: items best first; those after the
    first k do not count, a repeated item counts once but uses up its rank, an empty list scores 0.
    A row's precisions at its hits are divided by min(relevant, k). Raises EmptySplit when n_rows is 0.
    Source: Kaggle's MAP@K (benhamner/Metrics, mapk).

    >>> map_at_k(Lists.of([[1, 2]]), Lists.of([[1, 9, 2]]), k=3)
    0.8333333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(average_precisions(answers, predictions, k=k).mean())


def mrr(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The mean over the rows of 1 / rank of the first relevant item; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first; none within the first k scores 0.
    Raises EmptySplit when n_rows is 0. Source: Voorhees 1999, mean reciprocal rank.

    >>> mrr(Lists.of([[1]]), Lists.of([[9, 1]]), k=5)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(reciprocal_ranks(answers, predictions, k=k).mean())


def recall_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The share of each row's relevant items that are among its first k, averaged; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first. With more than k relevant items
    1.0 is out of reach. Raises EmptySplit when n_rows is 0. Source: torchmetrics retrieval_recall.

    >>> recall_at_k(Lists.of([[1, 2]]), Lists.of([[9, 1]]), k=5)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(recalls(answers, predictions, k=k).mean())


def precision_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The share of the first k places that hold a relevant item, averaged over the rows; 0.0 is worst.

    answers: the relevant items of each row, at least one. predictions: items best first; a place that is left
    empty or repeats an item is wrong. With fewer than k relevant items 1.0 is out of reach.
    Raises EmptySplit when n_rows is 0. Source: torchmetrics retrieval_precision.

    >>> precision_at_k(Lists.of([[1, 2]]), Lists.of([[9, 1]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(precisions(answers, predictions, k=k).mean())


def hit_rate_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The share of rows with a relevant item among the first k; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first.
    Raises EmptySplit when n_rows is 0. Source: torchmetrics retrieval_hit_rate.

    >>> hit_rate_at_k(Lists.of([[1], [2]]), Lists.of([[9, 1], [9, 8]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(hit_rows(answers, predictions, k=k).mean())


def ndcg_at_k_list(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The discounted gain of each row's hits among the first k, of the best possible; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row, each worth 1. predictions: items best first. The discount of rank
    r is 1 / log2(r + 1). Raises EmptySplit when n_rows is 0. Source: Järvelin and Kekäläinen 2002.

    >>> ndcg_at_k_list(Lists.of([[1]]), Lists.of([[1, 2]]), k=5)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(discounted_gains(answers, predictions, k=k).mean())


def label_hits(answers: Codes, predictions: Lists, *, k: int) -> Mask:
    """Whether the label of each row is among the first k of its list, (n_rows,)."""
    first = predictions.first(k)
    is_hit: Mask = (
        np.bincount(first.row_numbers[first.flat == answers[first.row_numbers]], minlength=len(answers)) > 0
    )
    return is_hit


def top_k_accuracy_list(answers: Codes, predictions: Lists, *, k: int) -> float:
    """The share of rows whose label is among the first k of the list; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers. predictions: labels best first. Raises EmptySplit when n_rows is 0.
    Source: sklearn.metrics.top_k_accuracy_score, for lists in place of scores.

    >>> top_k_accuracy_list(np.array([1, 2]), Lists.of([[0, 1], [0, 1]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float(label_hits(answers, predictions, k=k).mean())


K = Parameter(int, 5, Message("how many items of a list count"), 1, 100_000)


def _ranking(function: Callable[..., float], summary: Text, *aliases: str, edges: str = "") -> Metric:
    return Metric(
        function=function,
        answers=ITEMS,
        predictions=ITEMS,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=edges or Message("an empty list scores 0; a key with an empty list is refused"),
        aliases=aliases,
        parameters={"k": K},
        needs=(NO_EMPTY_LIST,),
    )


RANKINGS: dict[str, Metric] = {
    "map_at_k": _ranking(
        map_at_k,
        Message("mean average precision of the first k"),
        "MAP@K",
        "mean average precision at k",
        edges=Message(
            "a repeated item counts once and uses up its rank; divided by min(relevant, k); a key "
            "with an empty list is refused"
        ),
    ),
    "mrr": _ranking(mrr, Message("mean of 1 / rank of the first relevant item"), "mean reciprocal rank"),
    "recall_at_k": _ranking(
        recall_at_k, Message("share of the relevant items among the first k"), "recall@k"
    ),
    "precision_at_k": _ranking(
        precision_at_k,
        Message("share of the first k places that hold a relevant item"),
        "precision@k",
        edges=Message(
            "divided by k, so 1 is out of reach where fewer are relevant; an empty list scores 0; a "
            "key with an empty list is refused"
        ),
    ),
    "hit_rate_at_k": _ranking(
        hit_rate_at_k, Message("share of rows with a hit among the first k"), "hit rate@k"
    ),
    "ndcg_at_k_list": _ranking(
        ndcg_at_k_list, Message("discounted gain of the hits among the first k"), "NDCG@K of lists"
    ),
    "top_k_accuracy_list": Metric(
        function=top_k_accuracy_list,
        answers=LABEL,
        predictions=ITEMS,
        best=1.0,
        worst=0.0,
        summary=Message("share of rows whose label is among the first k of a list"),
        edges=Message("an empty list is wrong; labels hold no blanks"),
        aliases=("top-5 accuracy of lists",),
        parameters={"k": K},
    ),
}
