"""The total of a course equals one that is computed in the plainest way, over drawn rules and results."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.grades.counting.course_total import (
    Adjustment,
    Bonus,
    CourseRules,
    HomeworkResult,
    HomeworkRules,
    course_total,
)
from tests.support.slow_points import adjusted, at_most, best_choices, points_of

HALVES = st.integers(0, 20).map(lambda halves: halves / 2)
ROOT = Path(__file__).resolve().parents[3]
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


@given(HOMEWORKS, st.data(), COURSES, ADJUSTMENTS)
def test_the_total_is_the_one_that_trying_everything_gives(
    homeworks: dict[str, HomeworkRules], data: st.DataObject, course: CourseRules, by_hand: list[Adjustment]
) -> None:
    results = {name: data.draw(RESULTS) for name in homeworks if data.draw(st.booleans())}

    total = course_total(results, homeworks=homeworks, course=course, adjustments=by_hand)

    points = {name: points_of(results.get(name, HomeworkResult()), homeworks[name]) for name in homeworks}
    open_names = [name for name in homeworks if name not in results or not results[name].is_excused]
    counted = tuple(name for name, each in total.homeworks.items() if each.counts)
    assert counted in best_choices(points, homeworks, open_names, course.drop_lowest)
    earned = sum((points[name] for name in counted), Fraction(0))
    assert total.points == pytest.approx(float(at_most(adjusted(earned, by_hand), course.cap)), abs=1e-8)
    assert {name: each.points for name, each in total.homeworks.items()} == pytest.approx(
        {name: float(each) for name, each in points.items()}, abs=1e-8
    )


def test_points_where_none_can_be_had_are_an_endless_share_and_never_hide_a_better_choice() -> None:
    rules = {"hw01": HomeworkRules(0.0), "hw02": HomeworkRules(0.0), "hw04": HomeworkRules(1.0)}
    rules |= {"hw03": HomeworkRules(0.0, bonus=Bonus(0.5, places=3))}

    total = course_total(
        {"hw03": HomeworkResult(rank=1, teams=9)}, homeworks=rules, course=CourseRules(drop_lowest=1)
    )

    assert [name for name, each in total.homeworks.items() if not each.counts] == ["hw04"]
    assert (total.points, total.most) == (0.5, 0.0)


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


def of(cell: str) -> tuple[float, float]:
    """What a cell such as '6.5 of 8' says; nothing of nothing where it is empty."""
    points, _, most = cell.partition(" of ")
    return (float(points), float(most)) if most else (0.0, 0.0)


def test_the_example_of_the_guide_is_what_the_computation_gives() -> None:
    guide = (ROOT / "docs" / "staff.md").read_text()
    table = re.findall(r"^\| (hw\d\d) \|(.*)\|$", guide, re.MULTILINE)
    total = re.search(r"The total is ([\d.]+) of ([\d.]+): `(\w+)` is left out", guide)
    assert total is not None
    rules, results, expected = {}, {}, {}
    for name, row in table:
        tiers, code, report, bonus, changed, weight, points, most = (cell.strip() for cell in row.split("|"))
        items = {item: of(cell) for item, cell in (("code", code), ("report", report)) if cell}
        rules[name] = HomeworkRules(
            of(tiers)[1],
            {item: each for item, (_, each) in items.items()},
            Bonus(float(bonus), places=3) if bonus else None,
            float(weight),
        )
        results[name] = HomeworkResult(
            of(tiers)[0],
            {item: each for item, (each, _) in items.items()},
            rank=2,
            teams=1000,
            adjustments=[Adjustment(float(changed))] if changed else [],
        )
        expected[name] = (float(points), float(most))

    computed = course_total(results, homeworks=rules, course=CourseRules(drop_lowest=1))

    assert len(expected) == 3
    assert {name: (each.points, each.most) for name, each in computed.homeworks.items()} == expected
    assert (computed.points, computed.most) == (float(total[1]), float(total[2]))
    assert [name for name, each in computed.homeworks.items() if not each.counts] == [total[3]]
