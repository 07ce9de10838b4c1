"""A student's points now: earned, what the sealed half may add at the most, what is still to be had.

Before a reveal nothing here depends on private values: the sealed half is told by the most that it can earn.
Each figure is the course's own computation over what the student would then have, so that weights, caps and
homeworks left out are in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from grader.scores.points import TierPoints
from server.domain.competitions.terms import Terms
from server.domain.grades.counting.course_total import CourseRules, HomeworkResult, Totals
from server.domain.grades.earned.late_points import days_begun, share_left
from server.domain.grades.earned.split_grade import POINT_DIGITS
from server.domain.grades.points.course_points import (
    CountedHomework,
    CoursePoints,
    HomeworkPoints,
    StudentPoints,
    plain_adjustments,
    result_of,
)

SURE_RANK = 1  # of whoever might still get the bonus


@dataclass(frozen=True)
class Taking:
    """How a student stands to one homework: with which terms, and how many files their team has sent."""

    terms: Terms
    files: int


@dataclass(frozen=True)
class HomeworkNow:
    """One homework of a student, in weighted points.

    sealed_most: what its private half may add at the reveal; 0 after it. open_most: what can still be earned
    besides. share: of a tier's points that a file sent now may earn, in [0, 1]. next_tier: the easiest that
    the public board has not seen passed, None where there is none. unchecked: names of items.
    """

    homework: CountedHomework
    points: HomeworkPoints
    files: int
    sealed_most: float
    open_most: float
    share: float
    next_tier: TierPoints | None
    unchecked: tuple[str, ...]


@dataclass(frozen=True)
class PointsNow:
    """A student's points of the course, and of each homework, the first deadline first."""

    student: StudentPoints
    course: CourseRules
    homeworks: Sequence[HomeworkNow]
    sealed_most: float
    open_most: float


def points_now(points: CoursePoints, *, takings: Mapping[int, Taking], now: datetime) -> PointsNow | None:
    """What the one student of these points has now; None where nobody is in them.

    takings: by competition.
    """
    if not points.students:
        return None
    (student,) = points.students
    rules = {each.competition.slug: each.rules for each in points.homeworks}

    totals = Totals(rules, points.countings.course_rules)

    def total(results: Mapping[str, HomeworkResult]) -> float:
        return totals.of(results, plain_adjustments(student.adjustments)).points

    ways = {
        each.competition.slug: _Ways(each, student, takings[each.competition.id], now)
        for each in points.homeworks
    }
    opened = total({slug: way.best_open() for slug, way in ways.items()})
    whole = total({slug: way.best() for slug, way in ways.items()})
    return PointsNow(
        student,
        points.countings.course_rules,
        [way.homework_now() for way in ways.values()],
        sealed_most=_gain(opened, whole),
        open_most=_gain(student.total.points, opened),
    )


def _gain(before: float, after: float) -> float:
    return max(0.0, round(after - before, POINT_DIGITS))


class _Ways:
    """What one homework may still come to."""

    def __init__(
        self, homework: CountedHomework, student: StudentPoints, taking: Taking, now: datetime
    ) -> None:
        self._homework, self._taking = homework, taking
        self._points = student.homeworks[homework.competition.slug]
        self._total = Totals({homework.competition.slug: homework.rules}, CourseRules())
        self.share = share_now(homework, taking.terms, now)

    def best_open(self) -> HomeworkResult:
        """With every public tier and item that can still be earned, and nothing of the sealed half."""
        public = max(self._points.public.points, self.share * self._all("public"))
        private = 0.0 if self._points.private is None else self._points.private.points
        items = {**self._homework.rules.items, **self._points.items}
        return result_of(self._points)._replace(tiers=public + private, items=items)

    def best(self) -> HomeworkResult:
        """The same with the best that the sealed half may hold."""
        opened = self.best_open()
        if not self._homework.is_sealed or not (self._taking.files or self.share):
            return opened
        share = self.share if not self._taking.files else 1.0
        sealed = share * self._all("private")
        return opened._replace(tiers=opened.tiers + sealed, rank=SURE_RANK, teams=10**6)

    def homework_now(self) -> HomeworkNow:
        """The figures of this homework alone."""
        earned, opened, whole = (
            self._alone(each) for each in (result_of(self._points), self.best_open(), self.best())
        )
        checked = self._points.items
        return HomeworkNow(
            self._homework,
            self._points,
            self._taking.files,
            sealed_most=_gain(opened, whole),
            open_most=_gain(earned, opened),
            share=self.share,
            next_tier=self._next_tier(),
            unchecked=tuple(name for name in self._homework.rules.items if name not in checked),
        )

    def _alone(self, result: HomeworkResult) -> float:
        slug = self._homework.competition.slug
        return self._total.of({slug: result._replace(is_excused=False)}).homeworks[slug].points

    def _all(self, split: Literal["public", "private"]) -> float:
        tiers = self._homework.tiers
        return sum(tier.points_public if split == "public" else tier.points_private for tier in tiers)

    def _next_tier(self) -> TierPoints | None:
        if not self.share:
            return None
        passed = self._points.public.tiers
        return next((tier for tier in self._homework.tiers if tier.name not in passed), None)


def share_now(homework: CountedHomework, terms: Terms, now: datetime) -> float:
    """The share of its points that a file sent now may earn: 1 in time, less for each day begun after it."""
    row = homework.competition
    if row.archived_at is not None or terms.is_over(now):
        return 0.0
    if not terms.is_late(now):
        return 1.0
    days = days_begun(terms.deadline_at, now, zone=row.reset_zone, grace=terms.grace)
    return share_left(late_penalty=row.late_penalty, days_late=days)
