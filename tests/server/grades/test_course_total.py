"""The total of a course equals one that is computed in the plainest way, over drawn rules and results."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.grades.course_total import (
    Adjustment,
    Bonus,
    CourseRules,
    HomeworkResult,
    HomeworkRules,
    course_total,
)

HALVES = st.integers(0, 20).map(lambda halves: halves / 2)
ITEMS = ("code", "report")
ADJUSTMENTS = st.lists(
    st.builds(Adjustment, points=st.integers(-4, 4).map(float), factor=st.sampled_from([1.0, 0.5, 0.0])),
    max_size=2,
)
BONUSES = st.one_of(
    st.none(),
    st.builds(Bonus, points=HALVES, places=st.integers(1, 5)),
    st.builds(Bonus, points=HALVES, percent=st.sampled_from([1.0, 10.0, 50.0])),
)
RULES = st.builds(
    HomeworkRules,
    tiers=HALVES,
    items=st.dictionaries(st.sampled_from(ITEMS), HALVES),
    bonus=BONUSES,
    weight=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    cap=st.one_of(st.none(), HALVES),
)
RESULTS = st.builds(
    HomeworkResult,
    tiers=HALVES,
    items=st.dictionaries(st.sampled_from(ITEMS), HALVES),
    rank=st.one_of(st.none(), st.integers(1, 12)),
    teams=st.integers(12, 20),
    adjustments=ADJUSTMENTS,
    is_excused=st.booleans(),
)
COURSES = st.builds(CourseRules, drop_lowest=st.integers(0, 3), cap=st.one_of(st.none(), HALVES))
HOMEWORKS = st.dictionaries(st.sampled_from(["hw01", "hw02", "hw03", "hw04", "hw05"]), RULES, max_size=5)


def adjusted(points: Fraction, adjustments: list[Adjustment]) -> Fraction:
    """Each adjustment after the other, and nothing below zero."""
    for each in adjustments:
        points = points * Fraction(each.factor) + Fraction(each.points)
    return max(points, Fraction(0))


def at_most(points: Fraction, cap: float | None) -> Fraction:
    return points if cap is None else min(points, Fraction(cap))


def points_of(result: HomeworkResult, rules: HomeworkRules) -> Fraction:
    """A homework's points in exact numbers."""
    points = Fraction(result.tiers)
    for item in rules.items:
        points += Fraction(result.items.get(item, 0.0))
    if rules.bonus is not None and result.rank is not None:
        last = rules.bonus.places
        if last is None:
            last = int(Fraction(result.teams) * Fraction(rules.bonus.percent or 0) / 100)
        points += Fraction(rules.bonus.points) if result.rank <= last else 0
    return Fraction(rules.weight) * at_most(adjusted(points, list(result.adjustments)), rules.cap)


def most_of(rules: HomeworkRules) -> Fraction:
    at_hand = Fraction(rules.tiers) + sum((Fraction(each) for each in rules.items.values()), Fraction(0))
    return Fraction(rules.weight) * at_most(at_hand, rules.cap)


@given(HOMEWORKS, st.data(), COURSES, ADJUSTMENTS)
def test_the_total_is_the_one_that_trying_everything_gives(
    homeworks: dict[str, HomeworkRules], data: st.DataObject, course: CourseRules, by_hand: list[Adjustment]
) -> None:
    results = {name: data.draw(RESULTS) for name in homeworks if data.draw(st.booleans())}

    total = course_total(results, homeworks=homeworks, course=course, adjustments=by_hand)

    pairs = {name: (points_of(results.get(name, HomeworkResult()), homeworks[name])) for name in homeworks}
    open_names = [name for name in homeworks if name not in results or not results[name].is_excused]
    keep = min(len(open_names), max(1, len(open_names) - course.drop_lowest))
    shares = [
        share(
            sum((pairs[name] for name in names), Fraction(0)), sum(most_of(homeworks[name]) for name in names)
        )
        for names in combinations(open_names, keep)
    ]
    counted = [name for name, each in total.homeworks.items() if each.counts]
    earned = sum((pairs[name] for name in counted), Fraction(0))
    assert len(counted) == keep
    assert share(earned, sum(most_of(homeworks[name]) for name in counted)) == max(shares)
    assert total.points == pytest.approx(float(at_most(adjusted(earned, by_hand), course.cap)), abs=1e-8)
    assert {name: each.points for name, each in total.homeworks.items()} == pytest.approx(
        {name: float(points) for name, points in pairs.items()}, abs=1e-8
    )


def share(points: Fraction, most: Fraction | int) -> Fraction:
    """Of what can be had; 0 where nothing can."""
    return points / most if most else Fraction(0)


def test_little_to_be_had_is_left_out_before_much_that_went_better() -> None:
    """Three of four points lost of a small homework weigh less than the same share of a large one."""
    rules = {"large": HomeworkRules(20.0), "small": HomeworkRules(4.0), "good": HomeworkRules(10.0)}
    results = {"large": HomeworkResult(5.0), "small": HomeworkResult(1.0), "good": HomeworkResult(10.0)}

    total = course_total(results, homeworks=rules, course=CourseRules(drop_lowest=1))

    assert [name for name, each in total.homeworks.items() if each.counts] == ["small", "good"]
    assert (total.points, total.most) == (11.0, 14.0)


def test_tenths_add_up_as_people_add_them() -> None:
    total = course_total(
        {"hw01": HomeworkResult(0.1, {"code": 0.2})},
        homeworks={"hw01": HomeworkRules(1.0, {"code": 1.0})},
        course=CourseRules(),
    )

    assert total.points == 0.3


def test_a_shared_last_place_earns_the_bonus_and_the_next_does_not() -> None:
    bonus = Bonus(0.5, places=3)

    assert [bonus.is_earned(rank, teams=9) for rank in (1, 3, 3, 5, None)] == [True, True, True, False, False]
    assert Bonus(0.5, percent=1.0).is_earned(1, teams=99) is False
    assert Bonus(0.5, percent=1.0).is_earned(1, teams=100) is True
