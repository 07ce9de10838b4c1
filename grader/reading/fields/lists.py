"""The items of lists and the numbers of runs, cut at blanks over a whole column at once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.metrics.lists import Lists
from grader.reading.ids.words import text_of

BLANK = " "
ZERO, NINE = ord("0"), ord("9")
DIGITS_MOST = 12  # of a number in a run


def split_items(column: pa.ChunkedArray) -> pa.ListArray:
    """The items of each list: what stands between blanks. A field of blanks alone has none.

    column: text or its bytes.

    >>> split_items(pa.chunked_array([arrow.texts(["a b", "", " c  d "])])).to_pylist()
    [['a', 'b'], [], ['c', 'd']]
    """
    lists = pc.split_pattern(column.cast(pa.string()).combine_chunks(), BLANK)
    items = lists.flatten()
    is_empty = arrow.is_empty(items)
    if not is_empty.any():
        return lists
    # A field without items, or a blank at an end or beside another: pyarrow makes an empty item of each.
    counts_before = np.concatenate([[0], np.cumsum(~is_empty, dtype=np.int32)])
    offsets = arrow.numpy(lists.offsets)
    ends = counts_before[offsets - offsets[0]].astype(np.int32)
    counts = pa.Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends)])
    return pa.ListArray.from_arrays(counts, items.filter(arrow.booleans(~is_empty)))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a column, one after another. rows: of each, (n_words,)."""

    texts: pa.StringArray
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, texts: pa.StringArray, *, every: int = 1) -> "Words":
        """Of each field the first item, and from there every so manieth.

        >>> Words.of(arrow.texts(["cat 1 2 3 4 dog 5 6 7 8", ""]), every=5).texts.to_pylist()
        ['cat', 'dog']
        """
        items = split_items(pa.chunked_array([texts]))
        rows = arrow.numpy(pc.list_parent_indices(items)).astype(np.int64)
        if every == 1:
            return cls(items.flatten(), rows)
        starts = np.concatenate([[0], np.cumsum(arrow.numpy(pc.list_value_length(items)), dtype=np.int64)])
        places = np.flatnonzero((np.arange(len(rows)) - starts[rows]) % every == 0)
        return cls(items.flatten().take(arrow.integers(places)), rows[places])


def runs_of(column: pa.ChunkedArray) -> Lists:
    """The starts and lengths of each row's runs, as they stand. Raises Doubt unless all are in digits.

    >>> runs_of(pa.chunked_array([arrow.texts(["3 2 9 1", ""])])).row(0).tolist()
    [3, 2, 9, 1]
    """
    lists = split_items(column)
    items = lists.flatten()
    text = text_of(items)
    if ((text.bytes < ZERO) | (text.bytes > NINE)).any() or text.widths.max(initial=0) > DIGITS_MOST:
        raise Doubt("a run that is not written in digits")
    ends = np.concatenate([[0], np.cumsum(arrow.numpy(pc.list_value_length(lists)), dtype=np.int64)])
    if (np.diff(ends) % 2).any():
        raise Doubt("a run without its length")
    return Lists(ends, arrow.numpy(items.cast(pa.int64())))
