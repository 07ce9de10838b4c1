"""Where a record of a file stands: 1-based line numbers, right also when quoted fields contain newlines."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

LF, CR, QUOTE, COMMA = 10, 13, 34, 44
Places = NDArray[np.int64]


class Lines:
    """The line ends and quotes of a body, the part of a file after its header line.

    Only made for files with quotes or with problems: it looks at every byte several times.
    """

    def __init__(self, body: bytes | memoryview) -> None:
        self._bytes = np.frombuffer(body, dtype=np.uint8)
        self._quotes = np.flatnonzero(self._bytes == QUOTE)
        after = np.append(self._bytes[1:], np.uint8(0))
        self._ends = np.flatnonzero((self._bytes == LF) | ((self._bytes == CR) & (after != LF)))
        is_quoted = np.searchsorted(self._quotes, self._ends) % 2 == 1
        self._record_ends = self._ends[~is_quoted]

    def of_records(self, records: Places) -> list[int]:
        """The line on which each record begins; record 0 is the first after the header."""
        starts = np.concatenate([[-1], self._record_ends])[records]
        return self._line_numbers(np.searchsorted(self._ends, starts, side="right"))

    def of_bytes(self, places: Places) -> list[int]:
        """The line of each byte of the body."""
        return self._line_numbers(np.searchsorted(self._ends, places))

    @property
    def only_end_records(self) -> bool:
        """Whether no line end stands inside quotes."""
        return len(self._record_ends) == len(self._ends)

    def stray_quotes(self) -> list[int]:
        """The lines of quotes that do not enclose a whole field, first the one that goes wrong first.

        In order, every other quote opens and the rest close; an opening one must follow a separator (or,
        doubled inside a field, another quote), a closing one must precede one.
        """
        if not len(self._quotes):
            return []
        before = np.where(self._quotes == 0, np.uint8(LF), self._bytes[self._quotes - 1])
        last = len(self._bytes) - 1
        after = np.where(self._quotes == last, np.uint8(LF), self._bytes[np.minimum(self._quotes + 1, last)])
        neighbour = np.where(np.arange(len(self._quotes)) % 2 == 0, before, after)
        stray = self._quotes[~np.isin(neighbour, (LF, CR, COMMA, QUOTE))]
        if not len(stray) and len(self._quotes) % 2:
            stray = self._quotes[-1:]
        return self.of_bytes(stray)

    @staticmethod
    def _line_numbers(ends_before: Places) -> list[int]:
        return [int(count) + 2 for count in ends_before]


def too_long(body: bytes, most: int) -> list[int]:
    """The lines of more than `most` bytes; of their line end, only the CR of a CR LF counts."""
    end = b"\n" if b"\n" in body else b"\r"
    lines = []
    start, line = 0, 2
    for place in iter_ends(body, end):
        if place - start > most:
            lines.append(line)
        start, line = place + 1, line + 1
    return lines


def iter_ends(body: bytes, end: bytes) -> Iterator[int]:
    """The place of each line end, and the body's own end."""
    place = body.find(end)
    while place >= 0:
        yield place
        place = body.find(end, place + 1)
    yield len(body)
