"""DeLong's placements and errors against their definition, pair by pair."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.metrics.probabilities.probability import roc_auc
from grader.scores.delong import auc_and_error, auc_difference_error, placements

Numbers = NDArray[np.float64]
FEW_LEVELS = st.sampled_from([-0.0, 0.0, 0.25, 0.5, np.nextafter(0.5, 1.0), 1e100, -1e100])
ROWS = st.lists(
    st.tuples(st.booleans(), *[st.one_of(FEW_LEVELS, st.floats(-1.0, 1.0))] * 2), min_size=4, max_size=40
).filter(lambda rows: 2 <= sum(row[0] for row in rows) <= len(rows) - 2)


def by_pairs(answers: Numbers, scores: Numbers) -> tuple[Numbers, Numbers]:
    """The definition: each row of class 1 against each of class 0, a win 1, a tie one half."""
    above, below = scores[answers == 1.0], scores[answers == 0.0]
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)
    return wins.mean(axis=1), wins.mean(axis=0)


def error_by_pairs(ones: Numbers, zeros: Numbers) -> float:
    """DeLong's error of placements."""
    return math.sqrt(np.var(ones, ddof=1) / len(ones) + np.var(zeros, ddof=1) / len(zeros))


@given(rows=ROWS)
def test_placements_and_errors_are_those_of_the_definition(rows: list[tuple[bool, float, float]]) -> None:
    answers, first, second = np.array(rows, dtype=float).T.copy()
    untouched = first.copy()

    fast, ones_and_zeros = placements(answers, first), by_pairs(answers, first)
    other = by_pairs(answers, second)

    for one, expected in zip(fast, ones_and_zeros, strict=True):
        np.testing.assert_allclose(one, expected, atol=1e-15)
    assert math.isclose(fast[0].mean(), roc_auc(answers, first), abs_tol=1e-14)
    assert auc_and_error(answers, first)[0] == roc_auc(answers, first)
    assert math.isclose(auc_and_error(answers, first)[1], error_by_pairs(*ones_and_zeros), abs_tol=1e-15)
    differences = (one - two for one, two in zip(ones_and_zeros, other, strict=True))
    expected_error = error_by_pairs(*differences)
    assert math.isclose(auc_difference_error(answers, first, second), expected_error, abs_tol=1e-15)
    np.testing.assert_array_equal(first, untouched)


def test_a_class_of_one_row_has_no_error() -> None:
    assert math.isnan(auc_and_error(np.array([0.0, 0.0, 1.0]), np.array([0.1, 0.2, 0.3]))[1])
