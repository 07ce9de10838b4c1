"""Metrics of lists, best first, against the items that are relevant."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.fields import ITEMS, LABEL
from grader.metrics.lists import Lists
from grader.metrics.metric import Metric, Numbers, Parameter
from grader.metrics.needs import NO_EMPTY_LIST

Floats: TypeAlias = NDArray[np.floating[Any]]
SHORT = 24  # items of a list up to which comparing all with all beats sorting them


def hits(answers: Lists, predictions: Lists) -> NDArray[np.bool_]:
    """Which predicted items are relevant to their row and stand there for the first time, (n_items,).

    >>> hits(Lists.of([[1, 2]]), Lists.of([[2, 2, 7]])).tolist()
    [True, False, False]
    """
    if max(answers.lengths.max(initial=0), predictions.lengths.max(initial=0)) <= SHORT:
        return _hits_of_short(answers, predictions)
    most = int(max(answers.flat.max(initial=0), predictions.flat.max(initial=0))) + 1
    wanted = np.unique(answers.row_numbers * most + answers.flat)
    given = predictions.row_numbers * most + predictions.flat
    is_first = np.zeros(len(given), dtype=np.bool_)
    is_first[np.unique(given, return_index=True)[1]] = True
    found: NDArray[np.bool_] = np.isin(given, wanted) & is_first
    return found


def _hits_of_short(answers: Lists, predictions: Lists) -> NDArray[np.bool_]:
    """The same by comparing every place with every other, which for short lists beats sorting."""
    wanted, given = answers.padded(-1), predictions.padded(-2)
    found = np.zeros(given.shape, dtype=np.bool_)
    for place in range(given.shape[1]):
        item = given[:, place, None]
        found[:, place] = (item == wanted).any(axis=1) & ~(item == given[:, :place]).any(axis=1)
    hits: NDArray[np.bool_] = found[np.arange(given.shape[1]) < predictions.lengths[:, None]]
    return hits


def sizes(lists: Lists) -> NDArray[np.int64]:
    """How many different items each row has, (n_rows,)."""
    if lists.lengths.max(initial=0) <= SHORT:
        return np.bincount(
            lists.row_numbers, weights=_hits_of_short(lists, lists), minlength=len(lists)
        ).astype(np.int64)
    most = int(lists.flat.max(initial=0)) + 1
    return np.bincount(np.unique(lists.row_numbers * most + lists.flat) // most, minlength=len(lists))


def _sums(lists: Lists, terms: Floats) -> Numbers:
    sums: Numbers = np.bincount(lists.row_numbers, weights=terms, minlength=len(lists)).astype(np.float64)
    return sums


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
    ranks = predictions.ranks
    right = hits(answers, predictions) & (ranks < k)
    before: NDArray[np.int64] = np.cumsum(right) - right
    first = np.repeat(predictions.ends[:-1] - predictions.ends[0], predictions.lengths)
    earlier: NDArray[np.int64] = before - before[first] if len(before) else before
    sums = _sums(predictions, right * (earlier + 1.0) / (ranks + 1.0))
    return float((sums / np.minimum(sizes(answers), k)).mean())


def mrr(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The mean over the rows of 1 / rank of the first relevant item; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first; none within the first k scores 0.
    Raises EmptySplit when n_rows is 0. Source: Voorhees 1999, mean reciprocal rank.

    >>> mrr(Lists.of([[1]]), Lists.of([[9, 1]]), k=5)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    right = hits(answers, predictions) & (predictions.ranks < k)
    best = np.zeros(len(answers))
    np.maximum.at(best, predictions.row_numbers, right / (predictions.ranks + 1.0))
    return float(best.mean())


def recall_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The share of each row's relevant items that are among its first k, averaged; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first. With more than k relevant items
    1.0 is out of reach. Raises EmptySplit when n_rows is 0. Source: torchmetrics retrieval_recall.

    >>> recall_at_k(Lists.of([[1, 2]]), Lists.of([[9, 1]]), k=5)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    right = hits(answers, predictions) & (predictions.ranks < k)
    return float((_sums(predictions, right * 1.0) / sizes(answers)).mean())


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
    right = hits(answers, predictions) & (predictions.ranks < k)
    return float((_sums(predictions, right * 1.0) / k).mean())


def hit_rate_at_k(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The share of rows with a relevant item among the first k; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row. predictions: items best first.
    Raises EmptySplit when n_rows is 0. Source: torchmetrics retrieval_hit_rate.

    >>> hit_rate_at_k(Lists.of([[1], [2]]), Lists.of([[9, 1], [9, 8]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    right = hits(answers, predictions) & (predictions.ranks < k)
    return float((_sums(predictions, right * 1.0) > 0.0).mean())


def ndcg_at_k_list(answers: Lists, predictions: Lists, *, k: int) -> float:
    """The discounted gain of each row's hits among the first k, of the best possible; 1.0 is best, 0.0 worst.

    answers: the relevant items of each row, each worth 1. predictions: items best first. The discount of rank
    r is 1 / log2(r + 1). Raises EmptySplit when n_rows is 0. Source: Järvelin and Kekäläinen 2002.

    >>> ndcg_at_k_list(Lists.of([[1]]), Lists.of([[1, 2]]), k=5)
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    ranks = predictions.ranks
    right = hits(answers, predictions) & (ranks < k)
    gains = _sums(predictions, right / np.log2(ranks + 2.0))
    ideal = np.cumsum(1.0 / np.log2(np.arange(k) + 2.0))
    return float((gains / ideal[np.minimum(sizes(answers), k) - 1]).mean())


def top_k_accuracy_list(answers: NDArray[np.integer], predictions: Lists, *, k: int) -> float:
    """The share of rows whose label is among the first k of the list; 1.0 is best, 0.0 worst.

    answers: (n_rows,) class numbers. predictions: labels best first. Raises EmptySplit when n_rows is 0.
    Source: sklearn.metrics.top_k_accuracy_score, for lists in place of scores.

    >>> top_k_accuracy_list(np.array([1, 2]), Lists.of([[0, 1], [0, 1]]), k=2)
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    right = (predictions.flat == answers[predictions.row_numbers]) & (predictions.ranks < k)
    return float((_sums(predictions, right * 1.0) > 0.0).mean())


K = Parameter(int, 5, "how many items of a list count", 1, 100_000)


def _ranking(function: Callable[..., float], summary: str, *aliases: str, edges: str = "") -> Metric:
    return Metric(
        function=function,
        answers=ITEMS,
        predictions=ITEMS,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=edges or "an empty list scores 0; a key with an empty list is refused",
        aliases=aliases,
        parameters={"k": K},
        needs=(NO_EMPTY_LIST,),
    )


RANKINGS: dict[str, Metric] = {
    "map_at_k": _ranking(
        map_at_k,
        "mean average precision of the first k",
        "MAP@K",
        "mean average precision at k",
        edges="a repeated item counts once and uses up its rank; divided by min(relevant, k)",
    ),
    "mrr": _ranking(mrr, "mean of 1 / rank of the first relevant item", "mean reciprocal rank"),
    "recall_at_k": _ranking(recall_at_k, "share of the relevant items among the first k", "recall@k"),
    "precision_at_k": _ranking(
        precision_at_k,
        "share of the first k places that hold a relevant item",
        "precision@k",
        edges="divided by k, so 1 is out of reach where fewer are relevant; an empty list scores 0",
    ),
    "hit_rate_at_k": _ranking(hit_rate_at_k, "share of rows with a hit among the first k", "hit rate@k"),
    "ndcg_at_k_list": _ranking(
        ndcg_at_k_list, "discounted gain of the hits among the first k", "NDCG@K of lists"
    ),
    "top_k_accuracy_list": Metric(
        function=top_k_accuracy_list,
        answers=LABEL,
        predictions=ITEMS,
        best=1.0,
        worst=0.0,
        summary="share of rows whose label is among the first k of a list",
        edges="an empty list is wrong; labels hold no blanks",
        aliases=("top-5 accuracy of lists",),
        parameters={"k": K},
    ),
}
