"""The points of a course as a file for another system.

The same points give the same bytes, whoever asks and when. A gradebook that staff exported from Canvas or
Blackboard is filled: a column whose title is a homework's, in any of its languages, or its slug, takes that
homework's points, and one that is called Total takes the sum; any other is chosen by hand, and remembered.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades.gradebooks import columns as gradebook_columns
from server.domain.grades.gradebooks.blackboard import read_blackboard
from server.domain.grades.gradebooks.canvas import plain_canvas, read_canvas
from server.domain.grades.gradebooks.columns import TOTAL, ColumnChoice
from server.domain.grades.gradebooks.fill import FilledGradebook, filled
from server.domain.grades.gradebooks.layout import GradebookLayout
from server.domain.grades.gradebooks.plain import gradescope, moodle
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent
from server.domain.grades.gradebooks.workbook import workbook
from server.domain.grades.points.course_points import CoursePoints, HomeworkPoints
from server.models import ExportKind

NAMES_MOST = 500  # of those without a partner that an export keeps
READERS: Mapping[ExportKind, Callable[[bytes], GradebookLayout]] = {
    ExportKind.CANVAS: read_canvas,
    ExportKind.BLACKBOARD: read_blackboard,
}


@dataclass(frozen=True)
class ExportOrder:
    """What is exported, and how.

    gradebook: the file that staff exported from the other system. columns: by hand, the slug or TOTAL by the
    place of its column; None to go by titles and `before`, the slugs by column of the last export. confirmed:
    user ids by the keys of the other system. clears: who has no grade here loses the one there. scales: to
    the maximum of each column there. slug, number: of the one column of CANVAS_PLAIN.
    """

    kind: ExportKind
    gradebook: bytes | None = field(default=None, repr=False)
    columns: Mapping[int, str] | None = None
    before: Mapping[str, str] = field(default_factory=dict)
    confirmed: Mapping[str, int] = field(default_factory=dict)
    clears: bool = False
    scales: bool = False
    slug: str = ""
    number: str = ""


@dataclass(frozen=True)
class ExportedPoints:
    """For which system an export is, its bytes, and what staff are told of it."""

    kind: ExportKind
    data: bytes
    facts: dict[str, Any]


def exported(points: CoursePoints, order: ExportOrder) -> ExportedPoints:
    """The points of the course for this system.

    Raises Invalid where a file is missing, is no such gradebook, or has no column of a homework.
    """
    students = _students(points)
    columns = _columns(points)
    if order.kind in READERS:
        return _filled(points, order, students, columns)
    facts: dict[str, Any] = {
        "students": len(students),
        "changed": None,
        "remaining": 0,
        "not_here": [],
        "not_there": [],
    }
    match order.kind:
        case ExportKind.MOODLE:
            data = moodle(students, list(columns.values()))
        case ExportKind.GRADESCOPE:
            data = gradescope(students, columns[TOTAL])
            facts["not_there"] = _named(each for each in students if not each.student_number)
        case ExportKind.CANVAS_PLAIN:
            data = plain_canvas(students, _column(columns, order.slug), number=_number(order.number))
        case ExportKind.XLSX:
            data = workbook(points, students, columns)
        case _:
            data = _as_json(points)
    return ExportedPoints(order.kind, data, facts)


def column_choices(points: CoursePoints, order: ExportOrder) -> list[ColumnChoice]:
    """The columns of the gradebook that take grades, and what surely goes into each."""
    return gradebook_columns.choices(_layout(order), points, before=order.before)


def _students(points: CoursePoints) -> list[GradedStudent]:
    return [
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


def _column(columns: Mapping[str, GradeColumn], slug: str) -> GradeColumn:
    if slug not in columns:
        raise Invalid(Message("Choose the homework whose points go to Canvas."))
    return columns[slug]


def _number(text: str) -> str:
    number = text.strip()
    if number and not (number.isascii() and number.isdigit() and len(number) <= 20):
        raise Invalid(
            Message(
                "'{text}' is no number of a column in Canvas: it stands at the end of the assignment's "
                "address there, as in /assignments/812.",
                text=number[:40],
            )
        )
    return number


def _layout(order: ExportOrder) -> GradebookLayout:
    if not order.gradebook:
        raise Invalid(Message("No file was chosen. Export the gradebook there first, and choose that file."))
    return READERS[order.kind](order.gradebook)


def _filled(
    points: CoursePoints,
    order: ExportOrder,
    students: Sequence[GradedStudent],
    columns: Mapping[str, GradeColumn],
) -> ExportedPoints:
    layout = _layout(order)
    choices = gradebook_columns.choices(layout, points, before=order.before)
    slugs = gradebook_columns.by_place(choices, order.columns)
    if not slugs and order.columns is None:
        raise gradebook_columns.no_column([column.title for column in columns.values()])
    result = filled(
        layout,
        columns={place: _column(columns, slug) for place, slug in slugs.items()},
        students=students,
        confirmed=order.confirmed,
        clears=order.clears,
        scales=order.scales,
    )
    keys = {gradebook_columns.column_key(layout.target(place)): slug for place, slug in slugs.items()}
    return ExportedPoints(order.kind, result.data, _facts(result) | {"columns": keys})


def _facts(result: FilledGradebook) -> dict[str, Any]:
    """What staff are told: how much changed, who has no partner on either side, and other maxima."""
    return {
        "students": len(result.pairing.by_line),
        "changed": result.changed,
        "remaining": len(result.remaining),
        "not_here": [
            {
                "name": each.name,
                "keys": list(each.keys),
                "partners": [{"user_id": one.user_id, "name": one.name} for one in each.partners],
            }
            for each in result.pairing.rows[:NAMES_MOST]
        ],
        "not_there": _named(result.pairing.students),
        "twice": _named(result.pairing.twice),
        "exact": sorted(result.pairing.exact),
        "confirmed": sorted(
            {each.user_id for each in result.pairing.by_line.values()} - result.pairing.exact
        ),
        "maxima": [asdict(each) for each in result.maxima],
    }


def _named(students: Iterable[GradedStudent]) -> list[dict[str, Any]]:
    """The first of these students, as an export keeps them."""
    return [{"user_id": each.user_id, "name": each.name} for each in islice(students, NAMES_MOST)]


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
