"""Exports of a course's points to other systems, each kept with its version, its time and who made it.

The same points give the same bytes, whoever asks and when. A gradebook that staff exported from Canvas or
Blackboard is filled: a column whose title is a homework's, in any of its languages, or its slug, takes that
homework's points, and one that is called Total takes the sum.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import COMMA, Message, joined
from grader.parted_text import parted, whole_of
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid, NotFound
from server.domain.grades.course_points import CoursePoints, HomeworkPoints
from server.domain.grades.gradebooks.blackboard import read_blackboard
from server.domain.grades.gradebooks.canvas import read_canvas
from server.domain.grades.gradebooks.fill import filled
from server.domain.grades.gradebooks.layout import GradebookLayout
from server.domain.grades.gradebooks.plain import gradescope, moodle
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent
from server.models import Course, ExportKind, PrivateExport, User

TOTAL = "Total"
NAMES_MOST = 500  # of those without a partner that an export keeps
READERS: Mapping[ExportKind, Callable[[bytes], GradebookLayout]] = {
    ExportKind.CANVAS: read_canvas,
    ExportKind.BLACKBOARD: read_blackboard,
}
ENDINGS = {ExportKind.JSON: "json", ExportKind.BLACKBOARD: "txt"}


@dataclass(frozen=True)
class ExportedPoints:
    """For which system an export is, its bytes, and what staff are told of it."""

    kind: ExportKind
    data: bytes
    facts: dict[str, Any]


@dataclass(frozen=True)
class MadeExport:
    """An export and the name of whoever made it."""

    row: PrivateExport
    by: str


def exported(points: CoursePoints, *, kind: ExportKind, gradebook: bytes | None) -> ExportedPoints:
    """The points of the course for this system. gradebook: the file that staff exported from it.

    Raises Invalid where a file is missing, is no such gradebook, or has no column of a homework.
    """
    students = [
        GradedStudent(
            each.student.user_id,
            each.student.username,
            each.student.student_number,
            each.student.name,
            each.student.email,
            each.student.section,
        )
        for each in points.students
    ]
    columns = _columns(points)
    if kind in READERS:
        return _filled(points, kind, gradebook, students, columns)
    facts: dict[str, Any] = {
        "students": len(students),
        "changed": None,
        "remaining": 0,
        "not_here": [],
        "not_there": [],
    }
    match kind:
        case ExportKind.MOODLE:
            data = moodle(students, list(columns.values()))
        case ExportKind.GRADESCOPE:
            data = gradescope(students, columns[TOTAL])
        case _:
            data = _as_json(points)
    return ExportedPoints(kind, data, facts)


def _columns(points: CoursePoints) -> dict[str, GradeColumn]:
    """A column a homework by its slug, and that of the total."""
    columns = {
        each.competition.slug: GradeColumn(
            str(each.competition.title),
            each.rules.most,
            {one.student.user_id: _grade(one.homeworks[each.competition.slug]) for one in points.students},
        )
        for each in points.homeworks
    }
    most = max((one.total.most for one in points.students), default=0.0)
    total = GradeColumn(TOTAL, most, {one.student.user_id: one.total.points for one in points.students})
    return columns | {TOTAL: total}


def _grade(points: HomeworkPoints) -> float | None:
    """What a homework earns; None where there is nothing to grade, which is another thing than 0 points."""
    has_nothing = points.public.score is None and not points.items and not points.adjustments
    return None if has_nothing else points.total.points


def _filled(
    points: CoursePoints,
    kind: ExportKind,
    gradebook: bytes | None,
    students: Sequence[GradedStudent],
    columns: Mapping[str, GradeColumn],
) -> ExportedPoints:
    if not gradebook:
        raise Invalid(Message("No file was chosen. Export the gradebook there first, and choose that file."))
    layout = READERS[kind](gradebook)
    slugs = _titles(points)
    chosen = {
        target.place: columns[slugs[key]]
        for target in layout.targets
        if (key := _plain(target.title)) in slugs
    }
    if not chosen:
        raise Invalid(
            Message(
                "No column of the file is called like a homework of this course: {titles}. Rename a column "
                "there, and export the gradebook once more.",
                titles=joined(*(column.title for column in columns.values()), between=COMMA),
            )
        )
    result = filled(layout, columns=chosen, students=students, confirmed={})
    facts = {
        "students": len(result.pairing.by_line),
        "changed": result.changed,
        "remaining": len(result.remaining),
        "not_here": [
            {"name": each.name, "partners": [one.name for one in each.partners]}
            for each in result.pairing.rows[:NAMES_MOST]
        ],
        "not_there": [each.name for each in result.pairing.students[:NAMES_MOST]],
    }
    return ExportedPoints(kind, result.data, facts)


def _titles(points: CoursePoints) -> dict[str, str]:
    """The slug, or TOTAL, by each title under which another system may have the column."""
    titles = {_plain(TOTAL): TOTAL}
    for each in points.homeworks:
        row = each.competition
        for title in (row.slug, *parted(whole_of(row.title)).values()):
            titles[_plain(title)] = row.slug
    return titles


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()


def _as_json(points: CoursePoints) -> bytes:
    """All points as JSON, in the order of student numbers; no time in it, so that a repeat is the same."""
    students = [
        {
            "student_number": each.student.student_number,
            "username": each.student.username,
            "name": each.student.name,
            "department": each.student.department,
            "section": each.student.section,
            "points": each.total.points,
            "most": each.total.most,
            "homeworks": {slug: _homework(one) for slug, one in each.homeworks.items()},
        }
        for each in points.students
    ]
    return (json.dumps({"students": students}, ensure_ascii=False, indent=1) + "\n").encode()


def _homework(points: HomeworkPoints) -> dict[str, Any]:
    private = points.private
    return {
        "points": points.total.points,
        "counts": points.total.counts,
        "public": {"score": points.public.score, "points": points.public.points},
        "private": None if private is None else {"score": private.score, "points": private.points},
        "items": dict(points.items),
    }


def keep(
    session: Session,
    points: ExportedPoints,
    *,
    course: Course,
    sha256: str,
    by: Actor,
    now: datetime,
) -> PrivateExport:
    """Enter an export whose file is stored, as the course's next version. Needs a private session."""
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())
    last = session.scalar(select(func.max(PrivateExport.version)).where(PrivateExport.course_id == course.id))
    version = (last or 0) + 1
    row = PrivateExport(
        course_id=course.id,
        version=version,
        kind=points.kind,
        made_at=now,
        made_by=by.person_id,
        file_name=f"{course.slug}-{points.kind.value}-{version}.{ENDINGS.get(points.kind, 'csv')}",
        sha256=sha256,
        size=len(points.data),
        facts=points.facts,
    )
    session.add(row)
    session.flush()
    act = audit.Act(
        "grades_exported", f"course {course.slug}", course_id=course.id, after={"version": version}
    )
    audit.record(session, act, by=by, now=now)
    return row


def of_course(session: Session, *, course: Course) -> list[MadeExport]:
    """The exports of the course, the newest first. Needs a private session."""
    rows = session.execute(
        select(PrivateExport, User.display_name)
        .join(User, User.id == PrivateExport.made_by)
        .where(PrivateExport.course_id == course.id)
        .order_by(PrivateExport.version.desc())
    )
    return [MadeExport(*row) for row in rows]


def one_of(session: Session, *, course: Course, version: int) -> PrivateExport:
    """An export of the course; NotFound where there is none of that version. Needs a private session."""
    row = session.scalar(
        select(PrivateExport).where(PrivateExport.course_id == course.id, PrivateExport.version == version)
    )
    if row is None:
        raise NotFound(Message("The course has no export of version {version}.", version=version))
    return row
