"""Points of tiers: what is earned on each split, and what never is."""

from math import nan

import pytest

from grader.scores.points import Points, TierPoints, points_for, tiers_passed

TIERS = [
    TierPoints("simple", 0.5, 0.5, 1.0, 1.0),
    TierPoints("medium", 0.6, 0.65, 1.0, 1.5),
    TierPoints("strong", None, 0.8, 1.0, 2.0),
]


def test_each_split_pays_for_itself() -> None:
    points = points_for(0.6, 0.6, TIERS, higher_is_better=True)

    assert points == Points(public=2.0, private=1.0)
    assert points.total == 3.0


def test_a_score_equal_to_the_threshold_passes() -> None:
    assert tiers_passed(0.6, TIERS, split="public", higher_is_better=True) == ("simple", "medium")


def test_a_tier_of_unknown_threshold_gives_no_points() -> None:
    assert points_for(1.0, 1.0, TIERS, higher_is_better=True) == Points(public=2.0, private=4.5)


@pytest.mark.parametrize("score", [None, nan])
def test_no_score_and_nan_pass_nothing(score: float | None) -> None:
    for higher in (True, False):
        assert points_for(score, score, TIERS, higher_is_better=higher).total == 0.0


def test_where_lower_is_better_a_smaller_score_passes() -> None:
    assert tiers_passed(0.55, TIERS, split="private", higher_is_better=False) == ("medium", "strong")


def test_two_tiers_of_one_name_are_paid_apart() -> None:
    twins = [TierPoints("simple", 0.5, None, 1.0, 1.0), TierPoints("simple", 0.9, None, 5.0, 1.0)]

    assert points_for(0.6, None, twins, higher_is_better=True).public == 1.0


def test_a_split_has_one_of_two_names() -> None:
    with pytest.raises(ValueError, match="public or private"):
        tiers_passed(0.5, TIERS, split="ignored", higher_is_better=True)
