"""Who stands out of a class whose files mix the same baselines: those who copied, and nobody else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from grader.similarity.compare import Comparison, compare
from grader.similarity.error_cells import Answers
from grader.similarity.pair_facts import PairCounter
from server.domain.integrity.standing_out import UNUSUAL, stands_out

TEAMS, ROWS, LABELS = 240, 6_000, 39
Pair = tuple[int, int]


def class_of_mixtures(seed: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The truth, four baselines, and teams each of which took its rows from two neighbouring ones."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, LABELS, ROWS, dtype=np.int32)
    confused = rng.integers(0, LABELS, (LABELS, 3), dtype=np.int32)
    hard = rng.random(ROWS)
    baselines = []
    for accuracy in (0.45, 0.58, 0.66, 0.72):
        errs = 0.6 * hard + 0.4 * rng.random(ROWS)
        wrong = confused[truth, rng.integers(0, 3, ROWS)]
        baselines.append(np.where(errs > np.quantile(errs, accuracy), wrong, truth))
    levels = rng.uniform(0.0, 2.99, TEAMS)
    lower = levels.astype(int)
    takes_upper = rng.random((TEAMS, ROWS)) < (levels - lower)[:, None]
    table = np.stack(baselines)
    files = np.where(takes_upper, table[lower + 1], table[lower])
    own = rng.integers(0, LABELS, (TEAMS, ROWS), dtype=np.int32)
    return truth, table, np.where(rng.random((TEAMS, ROWS)) < 0.004, own, files)


def compared(seed: int, *, copied: float = 0.0) -> tuple[set[Pair], set[Pair]]:
    """The pairs that stand out, and those of the index alone; team 1 copies a share from team 0."""
    truth, baselines, files = class_of_mixtures(seed)
    is_copied = np.random.default_rng(seed).random(ROWS) < copied
    files[1] = np.where(is_copied, files[0], files[1])
    answers = Answers.labels(files, truth=truth, teams=np.arange(TEAMS), baselines=baselines, columns=1)
    result: Comparison = compare(answers)
    counter = PairCounter(answers)
    by_index = {(pair.one, pair.other): pair for pair in result.pairs if pair.expected <= UNUSUAL}
    outstanding = set()
    for both, pair in by_index.items():
        facts = counter.facts(*both)
        counts = {"expected": pair.expected, "shared": facts.shared, "give_or_take": facts.give_or_take}
        if stands_out(counts | {"expected_shared": facts.expected}, compared=result.compared):
            outstanding.add(both)
    return outstanding, set(by_index)


@pytest.mark.parametrize("seed", range(2))
def test_honest_mixtures_of_the_same_baselines_accuse_nobody(seed: int) -> None:
    outstanding, by_index = compared(seed)

    assert by_index != set(), "of this class the index alone accuses somebody"
    assert outstanding == set()


def test_a_seventh_of_the_rows_copied_stands_out() -> None:
    outstanding, _ = compared(0, copied=0.15)

    assert outstanding == {(0, 1)}
