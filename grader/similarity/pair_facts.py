"""What two files have in common in plain numbers, and what one would expect of them: the words of a pair.

similarity.py ranks all pairs; this counts for one pair on the same sample of rows. What is expected of two
teams comes from the answers of all others, the two left out, and from the baselines, by the same linear model
with which the index is made.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.similarity.error_cells import RARE, Answers

Matrix = NDArray[np.float64]
CHANCE_MOST = 0.98  # what a team is given to answer as the model says, at the most


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What two files have in common, in counts of cells.

    cells: of the sample. same: cells with equal answers; usual_same: how many either has in common with
    another team, at the median. For labels also wrong_one, wrong_other, both_wrong: wrong cells; shared:
    those with the same wrong label; expected, give_or_take: how many shared ones the others' answers make one
    expect, and one standard deviation of it. None for numbers.
    """

    cells: int
    same: int
    usual_same: float
    wrong_one: int | None = None
    wrong_other: int | None = None
    both_wrong: int | None = None
    shared: int | None = None
    expected: float | None = None
    give_or_take: float | None = None


class PairCounter:
    """Counts for pairs of the vectors of `answers`."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self._same: dict[int, NDArray[np.int64]] = {}
        self._errors = _Errors(answers) if answers.is_labels else None

    def facts(self, one: int, other: int) -> PairFacts:
        """What vectors `one` and `other` have in common."""
        vectors = self.answers.vectors
        same = int(np.count_nonzero(vectors[one] == vectors[other]))
        others = np.isin(self.answers.teams, self.answers.teams[[one, other]], invert=True)
        usual = [self._same_as(vector)[others] for vector in (one, other)]
        typical = float(np.median(np.concatenate(usual))) if others.any() else 0.0
        facts = PairFacts(vectors.shape[1], same, typical)
        return facts if self._errors is None else self._errors.facts(facts, one, other)

    def _same_as(self, one: int) -> NDArray[np.int64]:
        """How many cells each vector has in common with this one, (n_vectors,)."""
        if one not in self._same:
            vectors = self.answers.vectors
            self._same[one] = np.count_nonzero(vectors == vectors[one], axis=1)
        return self._same[one]


class _Errors:
    """The wrong labels of all vectors as cells: of each vector the numbers of its cells."""

    def __init__(self, answers: Answers) -> None:
        count = len(answers.vectors)
        vectors = np.concatenate([answers.vectors, answers.baselines]).astype(np.int64)
        vector, row = np.nonzero(vectors != answers.truth)
        names = row * (int(vectors.max(initial=0)) + 2) + vectors[vector, row]
        unique, cell = np.unique(names, return_inverse=True)
        ends = np.searchsorted(vector, np.arange(len(vectors) + 1))
        self._cells = [cell[ends[place] : ends[place + 1]] for place in range(len(vectors))]
        self._rows_of = [row[ends[place] : ends[place + 1]] for place in range(count)]
        self._times = np.bincount(cell[: ends[count]], minlength=len(unique)).astype(np.float64)
        self._count = count
        self._baselines = np.zeros((len(vectors) - count, len(unique)))
        for number in range(len(vectors) - count):
            self._baselines[number, self._cells[count + number]] = 1.0

    def facts(self, facts: PairFacts, one: int, other: int) -> PairFacts:
        """The same facts with what is shared among errors."""
        errors = np.zeros((2, len(self._times)))
        for place, vector in enumerate((one, other)):
            errors[place, self._cells[vector]] = 1.0
        chances = self._chances(errors)
        both = chances[0] * chances[1]
        return PairFacts(
            facts.cells,
            facts.same,
            facts.usual_same,
            len(self._cells[one]),
            len(self._cells[other]),
            len(np.intersect1d(self._rows_of[one], self._rows_of[other], assume_unique=True)),
            int((errors[0] * errors[1]).sum()),
            float(both.sum()),
            float(np.sqrt((both * (1.0 - both)).sum())),
        )

    def _chances(self, errors: Matrix) -> Matrix:
        """How likely each of the two was to make each error, (2, n_cells), by the other vectors' answers."""
        share = (self._times - errors.sum(axis=0)) / max(self._count - 2, 1)
        model = np.concatenate([np.ones((1, len(share))), share[None, :], self._baselines])
        weighted_model = model / (self._times / self._count + RARE)
        coefficients = np.linalg.lstsq(weighted_model @ model.T, weighted_model @ errors.T, rcond=1e-10)[0]
        chances: Matrix = np.clip(coefficients.T @ model, 0.0, CHANCE_MOST)
        return chances
