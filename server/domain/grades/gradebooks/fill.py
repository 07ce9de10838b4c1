"""Filling a gradebook that another system exported: its own columns as they came, and grades in those chosen.

Columns that nobody chose are left out, so that an import touches nothing else. A grade that the system has is
never taken away by an empty cell, unless that is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.messages import COMMA, Message, joined
from server.domain.errors import Invalid
from server.domain.grades.gradebooks.columns import TOTAL
from server.domain.grades.gradebooks.layout import GradebookLayout, TargetColumn, is_without_grade
from server.domain.grades.gradebooks.partners import Pairing, paired
from server.domain.grades.gradebooks.raw_table import RawRow, written
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent, grade_cell

KNOWN_SHARE = 0.5  # of the file's students, below which it is taken for another course's
NAMED_MOST = 10  # students in a refusal
EXCUSED = "ex"


@dataclass(frozen=True, slots=True)
class RemainingGrade:
    """A grade of the file that stays, since there is none here: whose, in which column, and the cell."""

    student: GradedStudent
    title: str
    cell: str


@dataclass(frozen=True, slots=True)
class OtherMaximum:
    """A column whose maximum there is not the one here, and whether its points were scaled to it.

    is_total: it takes the sum, whose maximum here grows with each homework that opens.
    """

    title: str
    there: float
    here: float
    is_scaled: bool
    is_total: bool


@dataclass(frozen=True, slots=True)
class FilledGradebook:
    """The file to import; how many cells changed; what stayed; who has no partner; other maxima."""

    data: bytes
    changed: int
    remaining: tuple[RemainingGrade, ...]
    pairing: Pairing
    maxima: tuple[OtherMaximum, ...]


def filled(
    layout: GradebookLayout,
    *,
    columns: Mapping[int, GradeColumn],
    students: Sequence[GradedStudent],
    confirmed: Mapping[str, int],
    clears: bool = False,
    scales: bool = False,
) -> FilledGradebook:
    """The gradebook with `columns` in the places of the file that they name.

    clears: a student without a grade here loses the one there. scales: points become the share of the
    column's maximum that they are of the homework's. Raises Invalid where nothing is chosen, a
    place takes no grades, or hardly anybody of the file is in the course.
    """
    if not columns:
        raise Invalid(
            Message("No column was chosen. Choose for at least one homework the column it goes into.")
        )
    pairs = [(layout.target(place), column) for place, column in sorted(columns.items())]
    maxima = [each for target, column in pairs if (each := _other_maximum(target, column, scales))]
    targets = [(target, _scaled(column, target.most) if scales else column) for target, column in pairs]
    pairing = paired(layout, students, confirmed=confirmed)
    _require_same_course(layout, pairing)
    remaining: list[RemainingGrade] = []
    changed = 0
    rows = [[*layout.table.header[: layout.students], *(layout.table.header[t.place] for t, _ in targets)]]
    for row in layout.table.rows:
        cells = [_cell(row, target, column, pairing, remaining, clears) for target, column in targets]
        before = [row.cells[target.place] for target, _ in targets]
        changed += sum(new != old for new, old in zip(cells, before, strict=True))
        rows.append([*row.cells[: layout.students], *cells])
    data = written(rows, separator=layout.table.separator, codec=_codec(layout))
    return FilledGradebook(data, changed, tuple(remaining), pairing, tuple(maxima))


def _other_maximum(target: TargetColumn, column: GradeColumn, scales: bool) -> OtherMaximum | None:
    if target.most is None or grade_cell(target.most) == grade_cell(column.most):
        return None
    is_scaled = scales and target.most > 0 < column.most
    return OtherMaximum(target.title, target.most, column.most, is_scaled, column.title == TOTAL)


def _scaled(column: GradeColumn, most: float | None) -> GradeColumn:
    """The column with its points as shares of `most`; as it is where either maximum is none."""
    if most is None or not most > 0 < column.most:
        return column
    points = {
        user_id: None if value is None else value * most / column.most
        for user_id, value in column.points.items()
    }
    return GradeColumn(column.title, most, points)


def _cell(
    row: RawRow,
    target: TargetColumn,
    column: GradeColumn,
    pairing: Pairing,
    remaining: list[RemainingGrade],
    clears: bool,
) -> str:
    """What the file says of this student in this column from now on."""
    old = row.cells[target.place]
    student = pairing.by_line.get(row.line)
    if student is None:
        return old
    points = column.points.get(student.user_id)
    if old.strip().casefold() == EXCUSED or (points is None and not clears):
        if not is_without_grade(old):
            remaining.append(RemainingGrade(student, target.title, old.strip()))
        return old
    return "" if points is None else grade_cell(points)


def _require_same_course(layout: GradebookLayout, pairing: Pairing) -> None:
    people = sum(row.line not in layout.others for row in layout.table.rows)
    if not people:
        raise Invalid(Message("The file names no student below its first line."))
    if len(pairing.by_line) >= KNOWN_SHARE * people:
        return
    if people - len(pairing.rows) >= KNOWN_SHARE * people:
        raise Invalid(
            Message(
                "The file has several rows of the same student, so nobody can tell which is meant: {names}. "
                "Remove the others there, and export the gradebook once more.",
                names=joined(*(each.name for each in pairing.twice[:NAMED_MOST]), between=COMMA),
            )
        )
    raise Invalid(
        Message(
            "Of {people:,} students in the file {known:,} are in this course, so it may be another "
            "course's. Choose the gradebook of this course, or complete the roster first.",
            people=people,
            known=len(pairing.by_line),
        )
    )


def _codec(layout: GradebookLayout) -> str:
    """As the file came where that has a mark; all else becomes UTF-8, which is read everywhere."""
    return layout.table.codec if layout.table.codec.startswith("utf-16") else "utf-8"
