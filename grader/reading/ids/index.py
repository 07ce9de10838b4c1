"""Finding the rows of a file by id: ids are opaque text, and '7', '07' and '7.0' are three ids.

A file in the key's order is recognised by one comparison of bytes. In any other order the ids are looked up
in a
table made once per key: for a million ids that is a few gathers from memory, and sorting them would take
several times as long wherever wide vector instructions are slow.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.reading.ids.tables import id_table
from grader.reading.ids.words import text_of

PIECE = 1 << 15  # ids looked up at once

Places = NDArray[np.int64]


class IdIndex:
    """The ids of an answer key, each once, and the place of each among the answers.

    Made once per key; a file's ids are then found in a few vector passes. Immutable, so threads may share it.
    """

    def __init__(self, ids: pa.StringArray, places: Places | None = None) -> None:
        """ids: in the key's order, no two alike. places: a permutation of 0 ... n - 1; by default itself."""
        self.ids = ids
        self._places = np.arange(len(ids)) if places is None else places
        self._text = text_of(ids)
        self._table = id_table(ids, self._places)

    @property
    def size(self) -> int:
        """The bytes of all ids together."""
        return len(self._text.bytes)

    def __len__(self) -> int:
        return len(self.ids)

    def places_of(self, ids: pa.ChunkedArray) -> Places:
        """The place of each id of a file, (n_ids,). Raises Doubt unless each id of the key is there once."""
        if len(ids) != len(self):
            raise Doubt("another number of rows")
        if self._same_order(ids):
            return self._places
        if sum(len(text_of(chunk).bytes) for chunk in ids.chunks) != len(self._text.bytes):
            raise Doubt("another number of bytes")
        places = np.empty(len(self), dtype=np.int64)
        row = 0
        for piece in _pieces(ids):
            places[row : row + len(piece)] = self._table.look_up(piece)
            row += len(piece)
        is_present = np.zeros(len(self), dtype=np.bool_)
        is_present[places] = True
        if not is_present.all():
            raise Doubt("an id is repeated")
        return places

    def rows_of(self, ids: pa.Array | pa.ChunkedArray) -> Places:
        """The key's row for each id of any file, -1 where the key has no such id. Slow; raises nothing."""
        indices = pc.index_in(ids, value_set=self.ids.cast(ids.type))
        return arrow.index_numbers(indices)

    def known_places_of(self, ids: pa.StringArray) -> Places:
        """The place of each id of any file, -1 where the key has no such id. Slow; raises nothing."""
        rows = self.rows_of(ids)
        return np.where(rows >= 0, self._places[rows], -1)

    def ids_at(self, places: Places) -> list[str]:
        """The ids of the rows at these places among the answers."""
        rows = np.empty(len(self), dtype=np.int64)
        rows[self._places] = np.arange(len(self))
        names: list[str] = self.ids.take(arrow.integers(rows[places])).to_pylist()
        return names

    def _same_order(self, ids: pa.ChunkedArray) -> bool:
        row = 0
        for chunk in ids.chunks:
            file_text, key_text = text_of(chunk), self._text.part(row, len(chunk))
            if not np.array_equal(file_text.ends - file_text.ends[0], key_text.ends - key_text.ends[0]):
                return False
            if not np.array_equal(file_text.bytes, key_text.bytes):
                return False
            row += len(chunk)
        return True


def _pieces(ids: pa.ChunkedArray) -> Iterator[pa.Array]:
    for chunk in ids.chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk.slice(start, PIECE)
