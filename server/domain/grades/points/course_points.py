"""The points of a whole course: for each student what each homework earns, and the total.

The rules of a total are in `course_total.py`; the rows come from `point_rows.py`. What a viewer may not see
before a reveal is not read at all, so that no sum can hold it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from grader.scores.points import TierPoints
from server.domain.competitions.access import is_revealed
from server.domain.grades.counting.counting import Counting, CourseCountings
from server.domain.grades.counting.course_total import (
    Adjustment,
    CourseTotal,
    HomeworkResult,
    HomeworkRules,
    HomeworkTotal,
    Totals,
)
from server.domain.grades.earned.split_grade import NO_GRADE, SplitGrade
from server.domain.grades.points.point_rows import (
    NOTHING_SEALED,
    Enrolled,
    OpenRows,
    SealedRows,
    open_rows,
    sealed_rows,
)
from server.models import Competition, GradeAdjustment, Right


@dataclass(frozen=True)
class CountedHomework:
    """A competition that counts. rules: with the most of its tiers. is_sealed: without its private half."""

    competition: Competition
    counting: Counting
    rules: HomeworkRules
    tiers: Sequence[TierPoints]
    is_sealed: bool


NO_ITEMS: Mapping[str, float] = {}


class PointParts(NamedTuple):
    """The parts of `HomeworkPoints`, before the total of the course says what they come to."""

    public: SplitGrade
    private: SplitGrade | None
    items: Mapping[str, float]
    adjustments: Sequence[GradeAdjustment]
    rank: int | None
    teams: int


class HomeworkPoints(NamedTuple):
    """What a student has in one homework: each part, and what it comes to.

    private: None while it is sealed. items: by name, those that were checked. adjustments: in force. rank: on
    the private board of `teams`, None while it is sealed and where no bonus asks for it.
    """

    public: SplitGrade
    private: SplitGrade | None
    items: Mapping[str, float]
    adjustments: Sequence[GradeAdjustment]
    rank: int | None
    teams: int
    total: HomeworkTotal


@dataclass(frozen=True, slots=True)
class StudentPoints:
    """A student's points: of each homework by its slug, and of the course.

    adjustments: of the course's total, in force.
    """

    student: Enrolled
    homeworks: Mapping[str, HomeworkPoints]
    adjustments: Sequence[GradeAdjustment]
    total: CourseTotal


@dataclass(frozen=True)
class CoursePoints:
    """The points of a course. homeworks: the first deadline first; students: by student number."""

    homeworks: Sequence[CountedHomework]
    countings: CourseCountings
    students: Sequence[StudentPoints]


def course_points(
    session: Session,
    *,
    course_id: int,
    rights: Collection[Right],
    now: datetime,
    user_ids: Collection[int] | None = None,
) -> CoursePoints:
    """The points of the course's students as a member of the staff with these rights may see them.

    Needs a session that may see private scores; without the right to see them, those of a competition count
    from its reveal on. user_ids: of these students alone, None for all. About twenty statements, however many
    students and homeworks there are. Homeworks that open later count for nothing yet.
    """
    rows = open_rows(session, course_id=course_id, opened_by=now, user_ids=user_ids)
    visible = [each.id for each in rows.competitions if Right.SEE_PRIVATE in rights or is_revealed(each, now)]
    return computed(rows, sealed_rows(session, rows, competition_ids=visible))


def computed(
    rows: OpenRows, sealed: SealedRows = NOTHING_SEALED, *, countings: CourseCountings | None = None
) -> CoursePoints:
    """The points that these rows come to. countings: as if the course counted so; None for its own rules."""
    countings = countings or rows.countings
    homeworks = [_counted(each, rows, sealed, countings) for each in rows.competitions]
    graded = _Graded(rows, sealed)
    totals = Totals({each.competition.slug: each.rules for each in homeworks}, countings.course_rules)
    return CoursePoints(
        homeworks, countings, [graded.student(each, homeworks, totals) for each in rows.students]
    )


def _counted(
    competition: Competition, rows: OpenRows, sealed: SealedRows, countings: CourseCountings
) -> CountedHomework:
    tiers = rows.tiers.get(competition.id, [])
    most = sum(tier.points_public + tier.points_private for tier in tiers)
    counting = countings.of(competition.id)
    return CountedHomework(
        competition,
        counting,
        counting.homework_rules(tiers=most),
        tiers,
        is_sealed=competition.id not in sealed.competition_ids,
    )


class _Graded:
    """What students have, by competition and user, as the rows tell it."""

    def __init__(self, rows: OpenRows, sealed: SealedRows) -> None:
        self._rows, self._sealed = rows, sealed

    def student(
        self, student: Enrolled, homeworks: Sequence[CountedHomework], totals: Totals
    ) -> StudentPoints:
        """The points of one student."""
        user_id = student.user_id
        parts = [(each, self._parts(each, user_id)) for each in homeworks]
        own = self._rows.adjustments.get((None, user_id), ())
        results = {each.competition.slug: result_of(part) for each, part in parts}
        total = totals.of(results, plain_adjustments(own))
        points = {
            each.competition.slug: HomeworkPoints(*part, total.homeworks[each.competition.slug])
            for each, part in parts
        }
        return StudentPoints(student, points, own, total)

    def _parts(self, homework: CountedHomework, user_id: int) -> PointParts:
        """The parts of one student's points in one homework."""
        rows, sealed, competition_id = self._rows, self._sealed, homework.competition.id
        place = (competition_id, user_id)
        team_id = rows.teams.get(place, 0)
        rank, teams = sealed.places.get(team_id, (None, 0))
        private = None if homework.is_sealed else sealed.grades[competition_id].get(team_id, NO_GRADE)
        items = rows.items.get(place, NO_ITEMS)
        return PointParts(
            rows.grades[competition_id].get(team_id, NO_GRADE),
            private,
            {name: points for name, points in items.items() if name in homework.rules.items},
            rows.adjustments.get(place, ()),
            rank,
            teams,
        )


def result_of(points: PointParts | HomeworkPoints) -> HomeworkResult:
    """What one student has in one homework, as the total takes it."""
    private = 0.0 if points.private is None else points.private.points
    return HomeworkResult(
        points.public.points + private,
        points.items,
        points.rank,
        points.teams,
        plain_adjustments(points.adjustments) if points.adjustments else (),
        any(each.is_excused for each in points.adjustments),
    )


def plain_adjustments(changes: Sequence[GradeAdjustment]) -> list[Adjustment]:
    """The adjustments as a total takes them."""
    return [Adjustment(each.points, each.factor) for each in changes]
