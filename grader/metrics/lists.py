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

    def row(self, number: int) -> NDArray[np.int64]:
        """The values of one row."""
        values: NDArray[np.int64] = self.values[self.ends[number] : self.ends[number + 1]]
        return values

    def padded(self, filler: int) -> NDArray[np.int64]:
        """The rows as a table, filled up to the longest, (n_rows, longest).

        >>> Lists.of([[4, 5], []]).padded(-1).tolist()
        [[4, 5], [-1, -1]]
        """
        table = np.full((len(self), int(self.lengths.max(initial=0))), filler, dtype=np.int64)
        table[np.arange(table.shape[1]) < self.lengths[:, None]] = self.flat
        return table

    def take(self, rows: NDArray[np.int64]) -> "Lists":
        """These rows, in this order."""
        lengths = self.lengths[rows]
        ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        sources = np.repeat(self.ends[:-1][rows] - ends[:-1], lengths) + np.arange(ends[-1])
        return Lists(ends, self.values[sources])
