"""Metrics of scores within queries, and of whole orderings."""

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.counting.orders import inversions
from grader.metrics.fields import LABEL, ORDER, RELEVANCE, SCORE
from grader.metrics.lists import Lists
from grader.metrics.metric import Codes, Metric, Numbers, Parameter
from grader.metrics.needs import NO_ITEM_TWICE, SOME_ORDER, SOME_POSITIVE


def ndcg_at_k(
    answers: Numbers, predictions: Numbers, *, k: int, gain: str, groups: Codes | None = None
) -> float:
    """The discounted gain of each query's first k rows, of the best possible, averaged; 1.0 best, 0.0 worst.

    answers: (n_rows,) relevance from 0 up. predictions: (n_rows,) scores; rows of one score share the
    discounts of their ranks. gain: "linear" or "exponential" (2 ** relevance - 1). groups: the query of each
    row; None: all rows are one query. A query without a relevant row is left out. The discount of rank r is
    1 / log2(r + 1). Raises EmptySplit when n_rows is 0. Source: must equal the mean over the queries of
    sklearn.metrics.ndcg_score(k=k).

    >>> ndcg_at_k(np.array([3.0, 0.0]), np.array([0.9, 0.1]), k=5, gain="linear")
    1.0
    """
    if len(answers) == 0:
        raise EmptySplit
    gains = np.exp2(answers) - 1.0 if gain == "exponential" else answers
    query = np.zeros(len(answers), dtype=np.int64) if groups is None else groups
    dcg, ideal_dcg = (_discounted_gains(query, order, gains, k) for order in (predictions, answers))
    is_relevant = ideal_dcg > 0.0
    return float((dcg[is_relevant] / ideal_dcg[is_relevant]).mean())


def _discounted_gains(query: Codes, scores: Numbers, gains: Numbers, k: int) -> Numbers:
    """The discounted gain of each query when its rows stand by score, (n_queries,)."""
    order = np.lexsort((-scores, query))
    group, ordered = query[order], scores[order]
    rank = np.arange(len(order)) - np.searchsorted(group, group)
    discount = np.where(rank < k, 1.0 / np.log2(rank + 2.0), 0.0)
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (group[1:] != group[:-1]) | (ordered[1:] != ordered[:-1])
    tie = np.cumsum(is_first) - 1
    shared = np.bincount(tie, weights=discount) / np.bincount(tie)
    sums: Numbers = np.bincount(group, weights=gains[order] * shared[tie]).astype(np.float64)
    return sums


def kendall_tau_orderings(answers: Lists, predictions: Lists) -> float:
    """1 - 4 times the inversions of all rows, of all n (n - 1); 1.0 is best, -1.0 worst.

    answers: the right order of each row's items. predictions: the same items in another order, as the check
    guarantees. Long rows weigh more, since the pairs of all rows are pooled. Raises EmptySplit when n_rows
    is 0. Source: Kaggle's AI4Code; of one row, scipy.stats.kendalltau.

    >>> kendall_tau_orderings(Lists.of([[1, 2, 3]]), Lists.of([[2, 1, 3]]))
    0.33333333333333337
    """
    if len(answers) == 0:
        raise EmptySplit
    most = int(answers.flat.max(initial=0)) + 1
    answer_items = answers.row_numbers * most + answers.flat
    prediction_items = predictions.row_numbers * most + predictions.flat
    by_item = np.argsort(answer_items)
    # Rows follow one another in both, so that no pair of two rows is inverted.
    swaps = inversions(by_item[np.searchsorted(answer_items[by_item], prediction_items)])
    return 1.0 - 4.0 * swaps / int((answers.lengths * (answers.lengths - 1)).sum())


QUERIES: dict[str, Metric] = {
    "ndcg_at_k": Metric(
        function=ndcg_at_k,
        answers=RELEVANCE,
        predictions=SCORE,
        best=1.0,
        worst=0.0,
        summary=Message("discounted gain of each query's first k rows by score"),
        edges=Message(
            "ties share their discounts; a query without a relevant row is left out; its rows in one split"
        ),
        aliases=("NDCG", "NDCG@K"),
        parameters={
            "k": Parameter(int, 10, Message("how many rows of a query count"), 1, 10**7),
            "gain": Parameter(
                str, "linear", Message("what a relevance is worth"), choices=("linear", "exponential")
            ),
        },
        auxiliary={"groups": LABEL},
        optional=frozenset({"groups"}),
        needs=(SOME_POSITIVE,),
    ),
    "kendall_tau_orderings": Metric(
        function=kendall_tau_orderings,
        answers=ORDER,
        predictions=ORDER,
        best=1.0,
        worst=-1.0,
        summary=Message("Kendall's tau of the order of each row's items, pooled over the rows"),
        edges=Message(
            "each item that a row has in sample_submission.csv exactly once, else the upload is refused"
        ),
        aliases=("pooled Kendall tau",),
        needs=(NO_ITEM_TWICE, SOME_ORDER),
    ),
}
