"""A student's points of the whole course: a pure computation on plain values, the same for every export.

A homework's points are those of its tiers on both splits, of the items that staff checked by hand, and of its
bonus, then what staff adjusted; at most its cap, times its weight. The course's total leaves out the lowest
homeworks, adds what staff adjusted, and is at most the course's cap.

Which homeworks are the lowest is asked as Canvas asks it: those without which the student's share of the
points that can be had is greatest. So it is no disadvantage to have done badly where little could be had.
`docs/staff.md` has a worked example, which a test computes.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from server.domain.grades.earned.split_grade import POINT_DIGITS


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points for the best of the private board: its first `places` teams, or its first `percent` of them.

    One of the two is None. Teams that share the last place that earns it all earn it.
    """

    points: float
    places: int | None = None
    percent: float | None = None

    def is_earned(self, rank: int | None, *, teams: int) -> bool:
        """Whether the team at `rank` (1 is the best, None on no board) of `teams` earns it."""
        if rank is None:
            return False
        if self.places is not None:
            return rank <= self.places
        return rank <= teams * (self.percent or 0.0) / 100.0


@dataclass(frozen=True, slots=True)
class HomeworkRules:
    """How one competition counts in the course.

    tiers: the most that its tiers can earn. items: the most of each item that staff check by hand. weight: by
    which its points are multiplied, 0 or more. cap: the most that it earns before its weight, None: no limit.
    The bonus is no part of the points that can be had, so that a full mark is one without it.
    """

    tiers: float
    items: Mapping[str, float] = field(default_factory=dict)
    bonus: Bonus | None = None
    weight: float = 1.0
    cap: float | None = None

    @property
    def most(self) -> float:
        """The points that can be had, weighted, without the bonus."""
        return self.weight * _capped(self.tiers + sum(self.items.values()), self.cap)


@dataclass(frozen=True, slots=True)
class CourseRules:
    """How homeworks become a total. drop_lowest: so many count for nothing; cap: None is no limit."""

    drop_lowest: int = 0
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What staff changed by hand: the points become `factor` times themselves, plus `points`."""

    points: float = 0.0
    factor: float = 1.0


class HomeworkResult(NamedTuple):
    """What one student has in one homework.

    tiers: points of both splits. items: by name; one that is missing was not checked yet and is none. rank:
    on the private board of `teams`, None on none. is_excused: it counts neither for nor against the student.
    """

    tiers: float = 0.0
    items: Mapping[str, float] = {}
    rank: int | None = None
    teams: int = 0
    adjustments: Sequence[Adjustment] = ()
    is_excused: bool = False


NO_RESULT = HomeworkResult()


@dataclass(frozen=True, slots=True)
class HomeworkTotal:
    """What one homework adds. points: weighted; bonus: part of them, unweighted; counts: or left out."""

    points: float
    most: float
    bonus: float
    counts: bool


@dataclass(frozen=True, slots=True)
class CourseTotal:
    """The points of a course, the most that can be had in what counts, and each homework's, by its name."""

    points: float
    most: float
    homeworks: Mapping[str, HomeworkTotal]


def course_total(
    results: Mapping[str, HomeworkResult],
    *,
    homeworks: Mapping[str, HomeworkRules],
    course: CourseRules = CourseRules(),  # frozen
    adjustments: Sequence[Adjustment] = (),
) -> CourseTotal:
    """The total of one student over `homeworks`, by name; one without a result has no points.

    >>> rules = {"hw01": HomeworkRules(8.0, {"code": 2.0}), "hw02": HomeworkRules(10.0)}
    >>> results = {"hw01": HomeworkResult(6.0, {"code": 2.0}), "hw02": HomeworkResult(3.0)}
    >>> total = course_total(results, homeworks=rules, course=CourseRules(drop_lowest=1))
    >>> total.points, total.most, total.homeworks["hw02"].counts
    (8.0, 10.0, False)
    """
    return Totals(homeworks, course).of(results, adjustments)


class Totals:
    """How the results of many students become totals: the rules of each homework, looked at once."""

    def __init__(self, homeworks: Mapping[str, HomeworkRules], course: CourseRules) -> None:
        self._course = course
        self._homeworks = [(name, _HomeworkTotals(rules)) for name, rules in homeworks.items()]

    def of(
        self, results: Mapping[str, HomeworkResult], adjustments: Sequence[Adjustment] = ()
    ) -> CourseTotal:
        """The total of one student; a homework without a result has no points."""
        single, left_out, candidates = [], [], []
        for place, (name, totals) in enumerate(self._homeworks):
            result = results.get(name, NO_RESULT)
            total, without = totals.of(result)
            single.append(total)
            left_out.append(without)
            if not result.is_excused:
                candidates.append(place)
        counted = _without_lowest(single, candidates, self._course.drop_lowest)
        points = _adjusted(sum([single[place].points for place in counted]), adjustments)
        homeworks = left_out
        for place in counted:
            homeworks[place] = single[place]
        return CourseTotal(
            points=_rounded(_capped(points, self._course.cap)),
            most=_rounded(_capped(sum([single[place].most for place in counted]), self._course.cap)),
            homeworks=dict(zip([name for name, _ in self._homeworks], homeworks, strict=True)),
        )


class _HomeworkTotals:
    """What results come to under one homework's rules; those of equal results are made once."""

    def __init__(self, rules: HomeworkRules) -> None:
        self._rules, self._items, self._most = rules, tuple(rules.items), _rounded(rules.most)
        self._equal: dict[Hashable, tuple[HomeworkTotal, HomeworkTotal]] = {}

    def of(self, result: HomeworkResult) -> tuple[HomeworkTotal, HomeworkTotal]:
        """The result's total where it counts, and where it is left out."""
        bonus, items = self._rules.bonus, result.items
        earned = (
            bonus.points if bonus is not None and bonus.is_earned(result.rank, teams=result.teams) else 0.0
        )
        checked = tuple([items.get(name, 0.0) for name in self._items]) if items else ()
        key = (result.tiers, checked, earned, tuple(result.adjustments))
        totals = self._equal.get(key)
        if totals is None:
            totals = self._equal[key] = self._computed(result.tiers + sum(checked) + earned, earned, result)
        return totals

    def _computed(
        self, points: float, bonus: float, result: HomeworkResult
    ) -> tuple[HomeworkTotal, HomeworkTotal]:
        capped = _capped(_adjusted(points, result.adjustments), self._rules.cap)
        worth = _rounded(self._rules.weight * capped)
        return (
            HomeworkTotal(worth, self._most, bonus, counts=True),
            HomeworkTotal(worth, self._most, bonus, counts=False),
        )


def _without_lowest(totals: Sequence[HomeworkTotal], places: Sequence[int], number: int) -> Sequence[int]:
    """Those of the places that stay when `number` are left out: the share of what can be had is greatest.

    Dinkelbach's way: with the best share q so far, those of the greatest points - q * most are kept; theirs
    is the next q, and where it no longer grows it is the greatest there is. Points where none can be had, by
    a bonus, are an endless share. Of equals the earlier stays. At least one stays.
    """
    keep = max(1, len(places) - number)
    share, best = -1.0, places
    while len(places) > keep and share < inf:
        at_least = max(share, 0.0)
        loss = {place: at_least * totals[place].most - totals[place].points for place in places}
        chosen = sorted(sorted(places, key=loss.__getitem__)[:keep])
        most = sum([totals[place].most for place in chosen])
        points = sum([totals[place].points for place in chosen])
        better = points / most if most else inf if points else 0.0
        if better <= share:
            break
        share, best = better, chosen
    return best


def _adjusted(points: float, adjustments: Sequence[Adjustment]) -> float:
    """The points after each adjustment in turn; never below 0."""
    for each in adjustments:
        points = points * each.factor + each.points
    return max(0.0, points)


def _capped(points: float, cap: float | None) -> float:
    return points if cap is None else min(points, cap)


def _rounded(points: float) -> float:
    return round(points, POINT_DIGITS)
