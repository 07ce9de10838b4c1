"""The total of a course in the plainest way, in exact numbers: what the quick one is compared with."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import inf

from server.domain.grades.counting.course_total import Adjustment, CourseRules, HomeworkResult, HomeworkRules


def adjusted(points: Fraction, adjustments: Sequence[Adjustment]) -> Fraction:
    """Each adjustment after the other, and nothing below zero."""
    for each in adjustments:
        points = points * Fraction(each.factor) + Fraction(each.points)
    return max(points, Fraction(0))


def at_most(points: Fraction, cap: float | None) -> Fraction:
    """The points, or the cap where they are beyond it."""
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
    return Fraction(rules.weight) * at_most(adjusted(points, result.adjustments), rules.cap)


def most_of(rules: HomeworkRules) -> Fraction:
    """The most that a homework earns without its bonus."""
    at_hand = Fraction(rules.tiers) + sum((Fraction(each) for each in rules.items.values()), Fraction(0))
    return Fraction(rules.weight) * at_most(at_hand, rules.cap)


def share(points: Fraction, most: Fraction | int) -> Fraction | float:
    """Of what can be had; where nothing can, 0 for no points, and endless for some, which a bonus gave."""
    if most:
        return points / most
    return inf if points else 0.0


def best_choices(
    points: Mapping[str, Fraction], homeworks: Mapping[str, HomeworkRules], names: Sequence[str], dropped: int
) -> list[tuple[str, ...]]:
    """Every choice of homeworks, with that many of `names` left out, of which the share is the greatest."""
    keep = min(len(names), max(1, len(names) - dropped))
    shares = {
        chosen: share(
            sum((points[name] for name in chosen), Fraction(0)),
            sum((most_of(homeworks[name]) for name in chosen), Fraction(0)),
        )
        for chosen in combinations(names, keep)
    }
    return [chosen for chosen, each in shares.items() if each == max(shares.values())]


def slow_totals(
    results: Mapping[str, HomeworkResult],
    *,
    homeworks: Mapping[str, HomeworkRules],
    course: CourseRules,
    adjustments: Sequence[Adjustment],
) -> set[float]:
    """The totals that are right: one, or several where different choices are as good as each other."""
    points = {
        name: points_of(results.get(name, HomeworkResult()), rules) for name, rules in homeworks.items()
    }
    names = [name for name in homeworks if name not in results or not results[name].is_excused]
    return {
        float(at_most(adjusted(sum((points[name] for name in chosen), Fraction(0)), adjustments), course.cap))
        for chosen in best_choices(points, homeworks, names, course.drop_lowest)
    }
