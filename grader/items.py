"""The items of lists and the numbers of runs, cut at blanks byte by byte over a whole column at once."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.errors import Doubt
from grader.metrics.lists import Lists

BLANK, ZERO, NINE = ord(" "), ord("0"), ord("9")
DIGITS_MOST = 12  # of a number in a run


def split_items(column: pa.ChunkedArray) -> pa.ListArray:
    """The items of each list: what stands between blanks. A field of blanks alone has none.

    column: text or its bytes. In UTF-8 a blank's byte is never part of another character.
    """
    ends, starts, data = _cut(column)
    items = pa.StringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), pa.py_buffer(data))
    counts = pa.Array.from_buffers(pa.int32(), len(ends), [None, pa.py_buffer(ends.astype(np.int32))])
    return pa.ListArray.from_arrays(counts, items)


def runs_of(column: pa.ChunkedArray) -> Lists:
    """The starts and lengths of each row's runs, as they stand. Raises Doubt unless all are in digits."""
    ends, starts, data = _cut(column)
    widths = np.diff(starts)
    if ((data < ZERO) | (data > NINE)).any() or widths.max(initial=0) > DIGITS_MOST:
        raise Doubt("a run that is not written in digits")
    if (np.diff(ends) % 2).any():
        raise Doubt("a run without its length")
    values = np.zeros(len(widths), dtype=np.int64)
    for place in range(int(widths.max(initial=0))):
        long = np.flatnonzero(widths > place)
        values[long] += (data[starts[1:][long] - 1 - place].astype(np.int64) - ZERO) * 10**place
    return Lists(ends, values)


def _cut(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Where each row's items end, where each item starts among the bytes that are no blanks, those bytes."""
    texts = column.cast(pa.string()).combine_chunks()
    _, offsets, buffer = texts.buffers()
    limits = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    everything = np.frombuffer(buffer, dtype=np.uint8) if buffer is not None else np.empty(0, dtype=np.uint8)
    data = everything[limits[0] : limits[-1]]
    limits = limits - limits[0]
    solid = data != BLANK
    begins = np.zeros(len(data) + 1, dtype=np.bool_)
    begins[limits] = True  # a row's first byte
    begins[1:-1] |= ~solid[:-1]
    begins = begins[:-1] & solid
    before = np.concatenate([[0], np.cumsum(solid)])
    starts = np.append(before[np.flatnonzero(begins)], before[-1]).astype(np.int32)
    ends = np.concatenate([[0], np.cumsum(begins)]).astype(np.int64)[limits]
    return ends, starts, data[solid]
