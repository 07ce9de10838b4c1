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
from server.database.snapshot_memory import Pieces
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
from server.domain.grades.points.kept_rows import Enrolled
from server.domain.grades.points.point_rows import (
    NOTHING_SEALED,
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
NO_PLACE: tuple[None, int] = (None, 0)
_KEPT = Pieces("points of students")


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


# A student, the parts of each homework, the adjustments of the total, and what these come to.
_KeptStudent = tuple[Enrolled, Sequence[PointParts], Sequence[GradeAdjustment], StudentPoints]


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
    sealed = sealed_rows(session, rows, competition_ids=visible)
    return computed(rows, sealed, keep=session if user_ids is None else None)


def computed(
    rows: OpenRows,
    sealed: SealedRows = NOTHING_SEALED,
    *,
    countings: CourseCountings | None = None,
    keep: Session | None = None,
) -> CoursePoints:
    """The points that these rows come to.

    countings: as if the course counted so; None for its own rules. keep: the session that has read the rows,
    where the points are kept for the next look, of which those are computed again that have changed.
    """
    countings = countings or rows.countings
    homeworks = [_counted(each, rows, sealed, countings) for each in rows.competitions]
    columns = [_column(each, rows, sealed, keep) for each in homeworks]
    every = Totals({each.competition.slug: each.rules for each in homeworks}, countings.course_rules)
    slugs = [each.competition.slug for each in homeworks]
    of_course = rows.adjustments.get(None, {})
    key = ("students", *(each.competition.id for each in homeworks), sealed.competition_ids)
    rules = (slugs, [each.rules for each in homeworks], countings.course_rules)
    earlier: dict[int, _KeptStudent] = (None if keep is None else _KEPT.of(keep, key, rules)) or {}
    students: dict[int, _KeptStudent] = {}
    by_student = zip(*columns, strict=True) if columns else [()] * len(rows.students)
    for student, parts in zip(rows.students, by_student, strict=True):
        own = of_course.get(student.user_id, ())
        known = earlier.get(student.user_id)
        if known is None or known[:3] != (student, parts, own):
            known = (student, parts, own, _points_of(student, parts, own, slugs, every))
        students[student.user_id] = known
    if keep is not None:
        _KEPT.keep(keep, key, rules, students)
    return CoursePoints(homeworks, countings, [points for *_, points in students.values()])


def _points_of(
    student: Enrolled,
    parts: Sequence[PointParts],
    own: Sequence[GradeAdjustment],
    slugs: Sequence[str],
    totals: Totals,
) -> StudentPoints:
    """The points of one student, whose parts are of the homeworks of these slugs."""
    by_slug = dict(zip(slugs, parts, strict=True))
    total = totals.of({slug: result_of(each) for slug, each in by_slug.items()}, plain_adjustments(own))
    points = {slug: HomeworkPoints(*each, total.homeworks[slug]) for slug, each in by_slug.items()}
    return StudentPoints(student, points, own, total)


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


def _column(
    homework: CountedHomework, rows: OpenRows, sealed: SealedRows, keep: Session | None
) -> Sequence[PointParts]:
    """The parts of each student's points in one homework, in the order of the students."""
    of = homework.competition.id
    teams, grades, items = rows.teams[of], rows.grades[of], rows.items[of]
    adjustments, names = rows.adjustments.get(of, {}), tuple(homework.rules.items)
    private = None if homework.is_sealed else sealed.grades[of]
    places = sealed.places.get(of, {})
    key = (of, homework.is_sealed)
    state = (rows.students, teams, grades, items, adjustments, names, private, places)
    column: Sequence[PointParts] | None = None if keep is None else _KEPT.of(keep, key, state)
    if column is not None:
        return column
    column = []
    for student in rows.students:
        user_id = student.user_id
        team_id, checked = teams.get(user_id, 0), items.get(user_id)
        column.append(
            PointParts(
                grades.get(team_id, NO_GRADE),
                None if private is None else private.get(team_id, NO_GRADE),
                {name: checked[name] for name in checked if name in names} if checked else NO_ITEMS,
                adjustments.get(user_id, ()),
                *places.get(team_id, NO_PLACE),
            )
        )
    if keep is not None:
        _KEPT.keep(keep, key, state, column)
    return column


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
