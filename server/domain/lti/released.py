"""Points that may leave for a platform: of homeworks whose reveal has come, and of nothing else.

A platform shows grades to students, so that what goes there must be what each may see here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.grades.points.course_points import (
    CountedHomework,
    CoursePoints,
    HomeworkPoints,
    course_points,
)
from server.models import Course


@dataclass(frozen=True)
class ReleasedScore:
    """The points of one student in one homework. subject: by which the platform knows them."""

    competition_id: int
    user_id: int
    subject: str
    points: float
    most: float


def released_points(session: Session, *, course: Course, now: datetime) -> CoursePoints:
    """The course's points without the private half of any homework before its reveal.

    Needs a session that may see private scores: without a right to see them, only revealed ones are read.
    """
    return course_points(session, course_id=course.id, rights=(), now=now)


def released_homeworks(points: CoursePoints) -> list[CountedHomework]:
    """The homeworks whose points may leave: revealed, and with points to be had."""
    return [each for each in points.homeworks if not each.is_sealed and each.rules.most > 0]


def released_scores(
    points: CoursePoints, *, subjects: Mapping[int, str], sent: Collection[tuple[int, int]]
) -> list[ReleasedScore]:
    """What each student whom the platform knows has in each of those homeworks; 0 points are points.

    subjects: by account. Who has handed in nothing, and was given nothing, has no score, unless one was
    `sent` (competition and account): then what counted has been excluded since, and 0 takes its place there.
    """
    return [
        ReleasedScore(
            homework.competition.id,
            one.student.user_id,
            subjects[one.student.user_id],
            own.total.points,
            homework.rules.most,
        )
        for homework in released_homeworks(points)
        for one in points.students
        if one.student.user_id in subjects
        and (
            _is_graded(own := one.homeworks[homework.competition.slug])
            or (homework.competition.id, one.student.user_id) in sent
        )
    ]


def _is_graded(points: HomeworkPoints) -> bool:
    splits = (points.public, points.private)
    has_score = any(each is not None and each.score is not None for each in splits)
    return has_score or bool(points.items) or bool(points.adjustments)
