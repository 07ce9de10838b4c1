"""Directions, rounding, thresholds and ranks."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.scores.ranks import is_at_least, rank_scores, sort_key

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_equal_scores_share_a_rank_and_the_next_is_skipped() -> None:
    assert rank_scores([0.9, 0.8, 0.8, 0.7]) == [1, 2, 2, 4]


def test_lower_is_better_turns_the_ranks_round() -> None:
    assert rank_scores([3.0, 1.0, 2.0], higher_is_better=False) == [3, 1, 2]


@given(st.lists(FINITE, max_size=20), st.randoms())
def test_ranks_do_not_depend_on_the_order_of_the_scores(scores: list[float], random) -> None:
    shuffled = random.sample(scores, len(scores))

    assert sorted(zip(shuffled, rank_scores(shuffled), strict=True)) == sorted(
        zip(scores, rank_scores(scores), strict=True)
    )


@given(st.lists(FINITE, max_size=20))
def test_ranks_of_sort_keys_are_the_ranks_of_the_scores(scores: list[float]) -> None:
    keys = [sort_key(score, higher_is_better=False) for score in scores]

    assert rank_scores(keys) == rank_scores(scores, higher_is_better=False)


@given(FINITE, FINITE, st.booleans())
def test_the_better_sort_key_is_at_least_the_other(one: float, other: float, higher: bool) -> None:
    keys = sort_key(one, higher_is_better=higher), sort_key(other, higher_is_better=higher)

    assert (keys[0] >= keys[1]) == is_at_least(one, other, higher_is_better=higher)


def test_scores_that_agree_in_twelve_digits_are_equal() -> None:
    assert is_at_least(0.1 + 0.2, 0.3, higher_is_better=False)
    assert is_at_least(0.7 - 1e-14, 0.7, higher_is_better=True)
    assert not is_at_least(0.7 - 1e-10, 0.7, higher_is_better=True)
    assert rank_scores([0.3, 0.1 + 0.2]) == [1, 1]


def test_minus_zero_is_zero() -> None:
    assert str(sort_key(0.0, higher_is_better=False)) == "0.0"


@pytest.mark.parametrize("score", [nan, inf, -inf])
def test_nan_and_infinity_never_rank_and_never_pass(score: float) -> None:
    with pytest.raises(ValueError, match="no rank"):
        sort_key(score, higher_is_better=True)
    for higher in (True, False):
        assert not is_at_least(score, 0.5, higher_is_better=higher)
        assert not is_at_least(0.5, score, higher_is_better=higher)
