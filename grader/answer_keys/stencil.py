"""The shortest way to a score: a file in the key's order with labels of one byte is compared with a stencil.

A stencil is the whole file as it must be, with a hole for each label. If the bytes differ exactly at the
holes, every id and separator is proved in one pass over memory, and the labels are gathered by offset.
Nothing is parsed.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.reading.ids.index import Places

HOLE = 0xFF  # occurs in no UTF-8 text, so that a hole always differs
LINE_ENDS = (b"\n", b"\r\n")
PIECE = 1 << 18  # bytes compared at once
AWKWARD = rb'[,"\r\n]'  # bytes that an id may hold only in quotes


class Stencil:
    """The bytes of a file that lists the key's ids in order, with labels of one byte and one line end."""

    def __init__(
        self, columns: tuple[str, str], ids: pa.StringArray, places: Places, *, line_end: bytes
    ) -> None:
        rows = pc.binary_join_element_wise(
            ids.cast(pa.binary()), arrow.byte_string(bytes([HOLE]) + line_end), arrow.byte_string(b",")
        )
        header = ",".join(columns).encode() + line_end
        _, offsets, body = rows.buffers()
        self._bytes = np.frombuffer(
            header + body.to_pybytes()[: np.frombuffer(offsets, np.int32)[len(ids)]], np.uint8
        )
        ends = np.frombuffer(offsets, dtype=np.int32)[1 : len(ids) + 1].astype(np.int64) + len(header)
        self._holes = np.empty(len(ids), dtype=np.int64)  # in the order of places, not of the file
        self._holes[places] = ends - (1 + len(line_end))

    def labels(self, text: bytes) -> NDArray[np.uint8]:
        """The label byte of each place among the answers, (n_rows,). Raises Doubt unless `text` fits."""
        if len(text) != len(self._bytes):
            raise Doubt("another size")
        octets = np.frombuffer(text, dtype=np.uint8)
        differences = 0
        for start in range(0, len(octets), PIECE):
            piece = slice(start, start + PIECE)
            differences += int(np.count_nonzero(octets[piece] != self._bytes[piece]))
            if differences > len(self._holes):
                raise Doubt("an id or a separator differs")
        # A file that has the hole's own byte in a hole is caught by label_codes: it is nobody's label.
        if differences != len(self._holes):
            raise Doubt("an id or a separator differs")
        return np.take(octets, self._holes)


class Stencils:
    """Stencils of a competition with one label column, for each line end; without any where none can fit."""

    def __init__(
        self,
        columns: tuple[str, ...],
        ids: pa.StringArray,
        places: Places,
        labels: pa.StringArray,
        *,
        known_first: int,
    ) -> None:
        """labels: their order numbers the classes. The others: as in Layout and IdIndex.

        known_first: so many labels are of public rows; a file without any of them is not judged here.
        """
        self._known_first = known_first
        self._number_of = np.full(256, -1, dtype=np.int32)
        for number, label in enumerate(labels.to_pylist()):
            if len(label) == 1 and label.isascii() and label.isalnum():
                self._number_of[ord(label)] = number
        can_fit = (
            bool((self._number_of >= 0).any())
            and not _needs_quotes(arrow.texts(columns))
            and not _needs_quotes(ids)
        )
        self._stencils = tuple(
            Stencil((columns[0], columns[1]), ids, places, line_end=line_end)
            for line_end in LINE_ENDS
            if can_fit
        )

    def codes(self, text: bytes) -> NDArray[np.int32]:
        """The class number of each place among the answers, (n_rows,). Raises Doubt unless the file fits."""
        for stencil in self._stencils:
            try:
                labels = stencil.labels(text)
            except Doubt:
                continue
            codes = np.take(self._number_of, labels)
            if 0 <= int(codes.min()) < self._known_first:
                return codes
        raise Doubt("no stencil fits")


def _needs_quotes(texts: pa.StringArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts.cast(pa.binary()), pattern=AWKWARD.decode())).as_py())
