"""Rows of whole numbers of any length in two arrays: the items of lists as numbers, or the runs of masks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Row i holds values[ends[i]:ends[i + 1]]. ends: (n_rows + 1,) ascending; values: (n_values,) int64."""

    ends: NDArray[np.int64]
    values: NDArray[np.int64]

    @classmethod
    def of(cls, rows: list[list[int]]) -> "Lists":
        """The lists of a Python list of rows.

        >>> Lists.of([[4, 5], [], [6]]).row(2).tolist()
        [6]
        """
        ends = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        return cls(ends, np.array([value for row in rows for value in row], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, rows: slice) -> "Lists":
        start, stop, step = rows.indices(len(self))
        assert step == 1, "a split is a stretch of rows"
        return Lists(self.ends[start : max(start, stop) + 1], self.values)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of values of each row, (n_rows,)."""
        lengths: NDArray[np.int64] = np.diff(self.ends)
        return lengths

    @property
    def flat(self) -> NDArray[np.int64]:
        """The values of these rows one after another, (lengths.sum(),)."""
        values: NDArray[np.int64] = self.values[self.ends[0] : self.ends[-1]]
        return values

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """The row of each value of `flat`."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def ranks(self) -> NDArray[np.int64]:
        """The place of each value of `flat` in its row, 0 for the first."""
        starts: NDArray[np.int64] = np.repeat(self.ends[:-1] - self.ends[0], self.lengths)
        return np.arange(len(starts)) - starts

    def at(self, rows: NDArray[np.int64], ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        """The values at these places of these rows."""
        values: NDArray[np.int64] = self.values[self.ends[:-1][rows] + ranks]
        return values

    def row(self, number: int) -> NDArray[np.int64]:
        """The values of one row."""
        values: NDArray[np.int64] = self.values[self.ends[number] : self.ends[number + 1]]
        return values

    def columns(self, filler: int) -> NDArray[np.int64]:
        """The first, second, third ... values of all rows, filled up to the longest, (longest, n_rows).

        >>> Lists.of([[4, 5], []]).columns(-1).tolist()
        [[4, -1], [5, -1]]
        """
        width = self._width()
        if width is not None:
            return np.ascontiguousarray(self.flat.reshape(len(self), width).T)
        lengths = self.lengths
        table = np.full((int(lengths.max(initial=0)), len(self)), filler, dtype=np.int64)
        table.T[np.arange(len(table)) < lengths[:, None]] = self.flat
        return table

    def first(self, most: int) -> "Lists":
        """The same rows, cut after so many values.

        >>> Lists.of([[4, 5], [6]]).first(1).flat.tolist()
        [4, 6]
        """
        lengths = self.lengths
        if lengths.max(initial=0) <= most:
            return self
        return self._stretches(self.ends[:-1], np.minimum(lengths, most))

    def take(self, rows: NDArray[np.int64]) -> "Lists":
        """These rows, in this order."""
        width = self._width()
        if width is not None:
            ends = np.arange(len(rows) + 1, dtype=np.int64) * width
            return Lists(ends, self.flat.reshape(len(self), width)[rows].reshape(-1))
        return self._stretches(self.ends[:-1][rows], self.lengths[rows])

    def _width(self) -> int | None:
        """How many values each row has, where all have as many; a table of them is then there already."""
        lengths = self.lengths
        width = int(lengths[0]) if len(lengths) else 0
        return width if (lengths == width).all() else None

    def _stretches(self, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> "Lists":
        ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        sources = np.repeat(starts - ends[:-1], lengths) + np.arange(ends[-1])
        return Lists(ends, self.values[sources])
