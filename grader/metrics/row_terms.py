"""What each row adds to a score that is a mean of rows, or a ratio of two sums over them.

Such a score and its standard error come of the same numbers, so that whoever wants both computes them once.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

RowNumbers: TypeAlias = np.ndarray[Any, np.dtype[Any]]  # (n_rows,) of any type that counts


@dataclass(frozen=True, slots=True, eq=False)
class RowTerms:
    """Of each row its part of a score and, for a ratio of sums, its part of the whole; (n_rows,) each.

    scale: what the ratio is multiplied by, such as 100 for a score in percent.
    """

    parts: RowNumbers
    wholes: RowNumbers | None = None
    scale: float = 1.0

    def score(self) -> float:
        """The mean of the parts, or their sum over that of the wholes, which is not 0.

        >>> RowTerms(np.array([1.0, 2.0])).score(), RowTerms(np.array([1, 2]), np.array([4, 4])).score()
        (1.5, 0.375)
        """
        if self.wholes is None:
            return self.scale * float(self.parts.mean())
        return self.scale * float(self.parts.sum()) / float(self.wholes.sum())

    def influence(self) -> RowNumbers:
        """How much each row moves the score, up to an added constant; see grader/scores/influence.py.

        >>> RowTerms(np.array([1.0, 0.0]), np.array([1.0, 3.0])).influence().tolist()
        [0.375, -0.375]
        """
        if self.wholes is None:
            return self.scale * self.parts
        mean = self.wholes.mean()
        influence: RowNumbers = (self.parts - self.wholes * (self.parts.mean() / mean)) * (self.scale / mean)
        return influence
