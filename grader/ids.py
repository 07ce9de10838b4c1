"""Finding the rows of a file by id: ids are opaque text, and '7', '07' and '7.0' are three ids.

An id is cut into words of eight bytes, which decide equality exactly (no id contains a NUL, so padding with zeros is
unambiguous). A file in the key's order is recognised by one comparison. Any other order is looked up in hash tables
made once per key. Each table keeps, of the ids that fall into one slot, the last; the others go to the next, smaller
table. Every find is compared word by word, so a hash can cost time but never give a wrong row. This is a few
gathers from memory for a million ids: sorting costs several times as much on processors without fast wide sorts.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader.errors import Doubt

PAD = 8  # bytes of zeros before and after the text, so that a word may be read at any id
LONGEST = 64  # longer ids are left to pyarrow's own hash
ODD = np.random.default_rng(7).integers(0, 2**63, size=(64, LONGEST // 8), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)

Rows = NDArray[np.int64]
Words = list[NDArray[np.uint64]]


@dataclass(frozen=True, slots=True)
class _Text:
    """The ids of a column in one piece: id i is data[PAD + ends[i] : PAD + ends[i + 1]]."""

    ends: NDArray[np.int64]
    data: NDArray[np.uint8]

    @property
    def widths(self) -> NDArray[np.int64]:
        return np.diff(self.ends)


class IdIndex:
    """The ids of an answer key, each once, prepared so that a file's rows are found in a few vector passes.

    Immutable once made, so threads may share it.
    """

    def __init__(self, ids: pa.StringArray) -> None:
        self.ids = ids
        self._text = _in_one_piece(ids)
        widths = self._text.widths
        self._longest = int(widths.max(initial=0))
        self._fixed = bool(len(ids)) and int(widths.min()) == self._longest
        self._words = _words(self._text, self._longest, fixed=self._fixed) if self._longest <= LONGEST else []
        self._tables = _tables(self._words, len(ids))
        self._in_order: Rows = np.arange(len(ids))

    def __len__(self) -> int:
        return len(self.ids)

    def order_of(self, ids: pa.ChunkedArray) -> Rows:
        """The row of the file for each id of the key, (n_ids,). Raises Doubt unless each id is there exactly once."""
        if len(ids) != len(self):
            raise Doubt("row count")
        text = _in_one_piece(ids)
        if np.array_equal(text.ends, self._text.ends) and np.array_equal(text.data, self._text.data):
            return self._in_order
        order = np.full(len(self), -1)
        order[self._positions(ids, text)] = self._in_order
        if int(order.min()) < 0:
            raise Doubt("an id is repeated")
        return order

    def positions(self, ids: pa.Array | pa.ChunkedArray) -> Rows:
        """The key's row for each id of the file, -1 where the key has no such id. Slower than order_of; never raises."""
        found = pc.index_in(ids, value_set=self.ids.cast(ids.type))
        return found.fill_null(-1).to_numpy().astype(np.int64)

    def _positions(self, ids: pa.ChunkedArray, text: _Text) -> Rows:
        """The key's row for each id of the file. Raises Doubt when the key lacks one."""
        if not self._words:
            found = self.positions(ids)
        else:
            widths = text.widths
            if int(widths.max()) > self._longest or (self._fixed and int(widths.min()) != self._longest):
                raise Doubt("an id of another length")
            found = self._look_up(_words(text, self._longest, fixed=self._fixed))
        if int(found.min()) < 0:
            raise Doubt("an id is unknown")
        return found

    def _look_up(self, words: Words) -> Rows:
        """The key's row of each id given as words, -1 where there is none."""
        found = np.full(len(words[0]), -1)
        searched = None  # all of them at first
        for level, table in enumerate(self._tables):
            rows = np.take(table, _slots(words, level, len(table)))
            right = np.take(self._words[0], rows) == words[0]
            for mine, theirs in zip(self._words[1:], words[1:], strict=True):
                right &= np.take(mine, rows) == theirs
            if searched is None:
                found = np.where(right, rows, -1)
                searched = np.flatnonzero(~right)
            else:
                found[searched[right]] = rows[right]
                searched = searched[~right]
            if not len(searched):
                break
            words = [word[~right] for word in words]
        return found


def _in_one_piece(ids: pa.Array | pa.ChunkedArray) -> _Text:
    chunks = ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]
    ends = np.zeros(len(ids) + 1, dtype=np.int64)
    pieces = [np.zeros(PAD, dtype=np.uint8)]
    row = size = 0
    for chunk in chunks:
        _, offsets, data = chunk.buffers()
        at = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if data is not None and len(chunk):
            pieces.append(np.frombuffer(data, dtype=np.uint8)[at[0] : at[-1]])
            np.add(at[1:], size - int(at[0]), out=ends[row + 1 : row + 1 + len(chunk)], casting="same_kind")
            row, size = row + len(chunk), size + int(at[-1] - at[0])
    pieces.append(np.zeros(PAD, dtype=np.uint8))
    return _Text(ends, np.concatenate(pieces))


def _words(text: _Text, longest: int, *, fixed: bool) -> Words:
    """The ids as words that are equal if and only if the ids are; one word for each eight bytes of the longest id."""
    count = len(text.ends) - 1
    if fixed and longest >= 8:
        # The last word may overlap the one before it; together they still cover every byte.
        starts = [*range(0, longest - 7, 8), *([longest - 8] if longest % 8 else [])]
        return [np.ndarray(count, np.uint64, text.data.data, PAD + at, (longest,)).copy() for at in starts]
    everywhere = np.ndarray(len(text.data) - 7, np.uint64, text.data.data, 0, (1,))
    widths = text.widths
    words = []
    for start in range(0, max(longest, 1), 8):
        at = text.ends[:-1] + (PAD + start)
        if start:
            np.minimum(at, len(everywhere) - 1, out=at)
        words.append(everywhere[at] & np.take(MASKS, widths - start, mode="clip"))
    return words


def _slots(words: Words, level: int, size: int) -> NDArray[np.uint64]:
    """A slot for each id in a table of `size` slots, a power of two; each level scatters in its own way."""
    mixed = words[0] * ODD[level % len(ODD), 0]
    for number, word in enumerate(words[1:], start=1):
        mixed += word * ODD[level % len(ODD), number]
    mixed >>= np.uint64(65 - size.bit_length())
    return mixed.view(np.int64)  # type: ignore[no-any-return]


def _tables(words: Words, count: int) -> list[NDArray[np.int32]]:
    """Tables from slot to row, each for the ids that the ones before have no room for."""
    tables: list[NDArray[np.int32]] = []
    left = np.arange(count, dtype=np.int32) if words else np.empty(0, dtype=np.int32)
    while len(left):
        table = np.zeros(1 << max(4, (4 * len(left) - 1).bit_length()), dtype=np.int32)
        slots = _slots([word[left] for word in words], len(tables), len(table))
        table[slots] = left
        left = left[table[slots] != left]
        tables.append(table)
    return tables
