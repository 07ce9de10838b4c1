"""An Excel workbook of a course's points: a sheet of totals, and one a homework with scores and evidence.

Numbers are numbers, and texts are texts: no cell is a formula or a link, whatever somebody is called. The
same points are the same bytes.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent
from server.domain.grades.points.course_points import (
    CountedHomework,
    CoursePoints,
    HomeworkPoints,
    StudentPoints,
)

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MADE_AT = datetime(2020, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # of every workbook: the export has its time
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
NAME_MOST = 31  # characters of a sheet's name
NARROW, WIDE = 8, 40  # characters of a column
FIXED = 2  # columns on the left that stay
TOTALS = "Totals"
Cell = str | float | None


def workbook(
    points: CoursePoints, students: Sequence[GradedStudent], columns: Mapping[str, GradeColumn]
) -> bytes:
    """The workbook. columns: of each homework by its slug, and of the total, as other exports have them."""
    from xlsxwriter import Workbook  # noqa: PLC0415  # 2 MB that few processes need

    out = io.BytesIO()
    book = Workbook(out, OPTIONS)
    book.set_properties({"created": MADE_AT})
    bold = book.add_format({"bold": True, "bottom": 1})
    names = {TOTALS.casefold()}
    _write(book.add_worksheet(TOTALS), bold, *_totals(points, students, columns))
    for homework in points.homeworks:
        sheet = book.add_worksheet(_sheet_name(homework.competition.slug, names))
        _write(sheet, bold, *_homework(homework, points.students))
    book.close()
    return out.getvalue()


def _sheet_name(slug: str, names: set[str]) -> str:
    """The slug as a name that no sheet has yet, to the letter's case."""
    name, number = slug[:NAME_MOST], 1
    while name.casefold() in names:
        number += 1
        name = f"{slug[: NAME_MOST - len(str(number)) - 1]}~{number}"
    names.add(name.casefold())
    return name


def _write(sheet: "Worksheet", bold: object, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    widths = [max(NARROW, len(title)) for title in header]
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            match cell:
                case None | "":
                    continue
                case str():
                    sheet.write_string(line, column, cell)
                    widths[column] = max(widths[column], _width(cell))
                case _:
                    sheet.write_number(line, column, cell)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width + 1, WIDE))
    sheet.freeze_panes(1, FIXED)


def _width(text: str) -> int:
    """Characters of a column's width: a Chinese one takes two."""
    return sum(1 + (letter > "\u2e80") for letter in text)


def _totals(
    points: CoursePoints, students: Sequence[GradedStudent], columns: Mapping[str, GradeColumn]
) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
    header = ["Student number", "Name", "Username", "Email", "Department", "Section"]
    header += [*(column.title for column in columns.values()), "At most"]
    rows = (
        (
            *(student.student_number, student.name, student.username, student.email),
            *(row.student.department, student.section),
            *(column.points.get(student.user_id) for column in columns.values()),
            row.total.most,
        )
        for student, row in zip(students, points.students, strict=True)
    )
    return header, rows


def _homework(
    homework: CountedHomework, students: Sequence[StudentPoints]
) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
    """What each student has in a homework, and the submissions that earned it. Sealed cells are empty."""
    items = list(homework.rules.items)
    header = ["Student number", "Name"]
    for split in ("Public", "Private"):
        header += [f"{split} {word}" for word in ("score", "tiers", "points", "submission", "days late")]
    header += [*items, "Bonus", "Adjusted by", "Excused", "Points", "At most", "Counts"]
    return header, (_row(each, homework.competition.slug, items) for each in students)


def _row(student: StudentPoints, slug: str, items: Sequence[str]) -> Sequence[Cell]:
    points = student.homeworks[slug]
    cells: list[Cell] = [student.student.student_number, student.student.name, *_splits(points)]
    cells += [points.items.get(name) for name in items]
    changes = points.adjustments
    is_excused = any(each.is_excused for each in changes)
    cells += [points.total.bonus, len(changes) or None, "yes" if is_excused else None]
    cells += [points.total.points, points.total.most, "yes" if points.total.counts else "no"]
    return cells


def _splits(points: HomeworkPoints) -> Iterable[Cell]:
    for split in (points.public, points.private):
        if split is None or split.score is None:
            yield from (None, None, 0.0 if split is not None else None, None, None)
        else:
            yield from (split.score, " ".join(split.tiers), split.points)
            yield from (split.submission_id, split.days_late)
