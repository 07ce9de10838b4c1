"""Ids as they lie in memory, and as words of eight bytes that decide equality exactly."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

PAD = 8  # bytes before and after the ids that may be read, and are masked, when a word is longer than an id
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)

Words = list[NDArray[np.uint64]]


@dataclass(frozen=True, slots=True)
class IdText:
    """Some ids: id i is data[ends[i] : ends[i + 1]], with PAD bytes before the first and after the last."""

    ends: NDArray[np.int64]
    data: NDArray[np.uint8]

    @property
    def widths(self) -> NDArray[np.int64]:
        """The number of bytes of each id."""
        return np.diff(self.ends)

    @property
    def bytes(self) -> NDArray[np.uint8]:
        """The bytes of all ids, one after the other."""
        return self.data[self.ends[0] : self.ends[-1]]

    def part(self, start: int, count: int) -> "IdText":
        """`count` ids from `start` on."""
        return IdText(self.ends[start : start + count + 1], self.data)


def text_of(ids: pa.Array) -> IdText:
    """The ids of an array; their bytes are copied only where PAD bytes around them are missing."""
    _, offsets, data = ids.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[ids.offset : ids.offset + len(ids) + 1].astype(np.int64)
    buffer = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
    first, last = int(ends[0]), int(ends[-1])
    if first >= PAD and last + PAD <= len(buffer):
        return IdText(ends, buffer)
    padding = np.zeros(PAD, dtype=np.uint8)
    return IdText(ends - (first - PAD), np.concatenate([padding, buffer[first:last], padding]))


def words_of(text: IdText, longest: int, *, fixed: bool) -> Words:
    """One word for each eight bytes of the longest id, equal in all if and only if the ids are equal.

    longest: the largest width. fixed: all ids have that width. No id contains a NUL, so zeros fill up a word.
    """
    count = len(text.ends) - 1
    first = int(text.ends[0])
    if fixed and longest >= 8:
        # The last word may overlap the one before it; together they still cover every byte.
        starts = [*range(0, longest - 7, 8), *([longest - 8] if longest % 8 else [])]
        return [
            np.ndarray(count, np.uint64, text.data.data, first + start, (longest,)).copy() for start in starts
        ]
    word_at = np.ndarray(len(text.data) - 7, np.uint64, text.data.data, 0, (1,))  # the word at each byte
    widths = text.widths
    words = []
    for start in range(0, max(longest, 1), 8):
        places = text.ends[:-1] + start
        if start:
            np.minimum(places, len(word_at) - 1, out=places)
        word: NDArray[np.uint64] = word_at[places]
        word &= np.take(MASKS, widths - start, mode="clip")
        words.append(word)
    return words
