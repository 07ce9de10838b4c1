"""Which items of a list are among those that are wanted; a repeated item counts once."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.metrics.lists import Lists
from grader.metrics.metric import Mask

Counts: TypeAlias = NDArray[np.int64]
SHORT = 24  # items of a list up to which comparing all with all beats sorting them


def hits(answers: Lists, predictions: Lists) -> tuple[Counts, Counts]:
    """Row and rank of each predicted item that is relevant to its row and stands there for the first time.

    Both (n_hits,), ascending by row, then rank; the first rank is 0.

    >>> [each.tolist() for each in hits(Lists.of([[7], [1, 2]]), Lists.of([[], [9, 2, 2, 1]]))]
    [[1, 1], [1, 3]]
    """
    if max(answers.lengths.max(initial=0), predictions.lengths.max(initial=0)) <= SHORT:
        return _hits_of_short(answers.columns(-1), predictions.columns(-2))
    most = int(max(answers.flat.max(initial=0), predictions.flat.max(initial=0))) + 1
    keys = predictions.row_numbers * most + predictions.flat
    is_first = np.zeros(len(keys), dtype=np.bool_)
    is_first[np.unique(keys, return_index=True)[1]] = True
    hit_places = np.flatnonzero(np.isin(keys, answers.row_numbers * most + answers.flat) & is_first)
    return predictions.row_numbers[hit_places], predictions.ranks[hit_places]


def _hits_of_short(answers: Counts, predictions: Counts) -> tuple[Counts, Counts]:
    """The same by comparing every place with every other. Both: (longest, n_rows)."""
    is_hit = np.zeros(predictions.shape[::-1], dtype=np.bool_)
    for place, items in enumerate(predictions):
        is_hit[:, place] = _among(items, answers) & ~_among(items, predictions[:place])
    rows, ranks = np.divmod(np.flatnonzero(is_hit), max(1, len(predictions)))
    return rows, ranks


def _among(items: Counts, table: Counts) -> Mask:
    """Whether each row's item is among its row's items in the table, (longest, n_rows)."""
    is_among = np.zeros(len(items), dtype=np.bool_)
    for others in table:  # reducing over a short axis is many times slower
        is_among |= items == others
    return is_among


def sizes(lists: Lists) -> Counts:
    """How many different items each row has, (n_rows,)."""
    if lists.lengths.max(initial=0) > SHORT:
        return np.bincount(hits(lists, lists)[0], minlength=len(lists))
    table, counts = lists.columns(-1), lists.lengths
    for place, items in enumerate(table):
        counts -= _among(items, table[:place]) & (items >= 0)
    return counts
