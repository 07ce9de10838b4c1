"""Canvas: the gradebook that staff export, filled by the rules of its own importer.

Rules after Canvas' source (`lib/gradebook_importer.rb`): columns go by their order; `Section` ends those of
the student; a column is `Title (number)`; the line whose first cell says `Points Possible` is nobody's, and
`read only` in it locks its column; totals such as `Final Score` are passed over, so they are not sent back.
"""

import re
from collections.abc import Sequence

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades.gradebooks.layout import (
    GradebookLayout,
    KeyKind,
    TargetColumn,
    keys_by_title,
    points_of,
)
from server.domain.grades.gradebooks.raw_table import RawRow, RawTable, read_raw_table, written
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent, grade_cell
from server.domain.texts.csv_cells import text_cell

TARGET = re.compile(r"(?P<title>.*) \((?P<number>\d+)\)", re.DOTALL)
TOTAL = re.compile(r"(?:Current|Final) (?:Score|Points|Grade)|Override (?:Score|Grade|Status)")
STUDENT, ID, SECTION = "Student", "ID", "Section"
POINTS_POSSIBLE, READ_ONLY = "Points Possible", "read only"
KEYS = {"SIS Login ID": KeyKind.USERNAME, "SIS User ID": KeyKind.STUDENT_NUMBER}
TEST_STUDENT = "Student, Test"
MARKS = ("muted", "manual posting")  # a second line in which Canvas says how it posts


def read_canvas(data: bytes) -> GradebookLayout:
    """The parts of a gradebook that Canvas exported. Raises Invalid for any other file."""
    table = read_raw_table(data, separators=(",", ";"))
    header = table.header
    if STUDENT not in header[0] or ID not in header[1:2] or SECTION not in header:
        raise Invalid(
            Message(
                "This is no gradebook of Canvas: its first line begins with '{first}', and has to name "
                "Student, ID, SIS Login ID and Section. In Canvas, open Grades and choose Export.",
                first=", ".join(header[:3]),
            )
        )
    students = header.index(SECTION) + 1
    head_row = next((row for row in table.rows if POINTS_POSSIBLE in row.cells[0]), None)
    return GradebookLayout(
        table=table,
        students=students,
        keys=keys_by_title(header[:students], KEYS),
        name=0,
        targets=list(_targets(table, students, head_row)),
        others=frozenset(row.line for row in table.rows if _is_no_student(row)),
    )


def _targets(table: RawTable, students: int, head_row: RawRow | None) -> Sequence[TargetColumn]:
    targets = []
    for place in range(students, len(table.header)):
        title = table.header[place]
        if TOTAL.search(title):
            continue
        parts = TARGET.fullmatch(title)
        most = "" if head_row is None else head_row.cells[place]
        targets.append(
            TargetColumn(
                place=place,
                title=title if parts is None else parts["title"],
                number="" if parts is None else parts["number"],
                most=points_of(most),
                is_locked=READ_ONLY in most,
            )
        )
    return targets


def _is_no_student(row: RawRow) -> bool:
    filled = [cell.strip() for cell in row.cells if cell.strip()]
    return (
        POINTS_POSSIBLE in row.cells[0]
        or row.cells[0].strip() == TEST_STUDENT
        or all(cell.casefold().startswith(MARKS) for cell in filled)
    )


def plain_canvas(students: Sequence[GradedStudent], column: GradeColumn, *, number: str) -> bytes:
    """A file for Canvas without one of its own: one column, whose number in Canvas staff know ("" if not).

    Students are named by their login; `ID` stays empty, since it is Canvas' own. Those without a grade are
    not in it: an empty cell would take away a grade that Canvas has.
    """
    title = f"{column.title} ({number})" if number else column.title
    rows = [[STUDENT, ID, "SIS User ID", "SIS Login ID", SECTION, title]]
    for student in students:
        points = column.points.get(student.user_id)
        if points is not None:
            texts = (student.name, "", student.student_number, student.username, student.section)
            rows.append([*map(text_cell, texts), grade_cell(points)])
    return written(rows, separator=",", codec="utf-8")
