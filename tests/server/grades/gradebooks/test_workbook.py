"""The workbook of a course's points, read back: numbers are numbers, and no text is a formula or a link."""

import io
import time
from random import Random

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session

from server.domain.grades.exports.export_files import ExportOrder, exported
from server.domain.grades.points.course_points import CoursePoints, course_points
from server.models import ALL_RIGHTS, ExportKind, User
from tests.support.drawn_course import DrawnCourse
from tests.support.installation import Installation
from tests.support.tiny_homework import NOW

NAMES = ("=1+1", "+886", "@SUM(A1)", "-1", "http://example.edu", '王小明, "B"', "0012", "x\x0by")


@pytest.fixture
def points(installation: Installation) -> CoursePoints:
    """Points of a drawn course whose students have names that a spreadsheet would change."""

    def fill(session: Session) -> CoursePoints:
        course = DrawnCourse(session, Random(7), NOW, students=len(NAMES)).fill(3)
        users = session.query(User).filter(User.username.like("s0%")).order_by(User.username)
        for user, name in zip(users, NAMES, strict=True):
            user.display_name = name
        session.flush()
        return course_points(session, course_id=course.id, rights=ALL_RIGHTS, now=NOW)

    drawn: CoursePoints = installation.db.write(fill, private=True)
    return drawn


def read_back(points: CoursePoints) -> Workbook:
    """What openpyxl reads in the workbook."""
    return load_workbook(io.BytesIO(exported(points, ExportOrder(ExportKind.XLSX)).data))


def test_totals_are_numbers_beside_names_that_are_texts(points: CoursePoints) -> None:
    book = read_back(points)

    sheet = book["Totals"]
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header[:2] == ["Student number", "Name"]
    for row, student in zip(rows, points.students, strict=True):
        assert row[0] == student.student.student_number
        assert row[header.index("Total")] == pytest.approx(student.total.points)
    assert {row[1].replace("_x000B_", "\x0b") for row in rows} >= set(NAMES)
    cells = [cell for every in book for row in every.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert all(every.freeze_panes == "C2" for every in book)
    assert sheet.column_dimensions["B"].width > 8


def test_a_sheet_of_a_homework_has_scores_and_what_earned_them(points: CoursePoints) -> None:
    book = read_back(points)

    assert book.sheetnames == ["Totals", *(each.competition.slug for each in points.homeworks)]
    for homework in points.homeworks:
        slug = homework.competition.slug
        header, *rows = [[cell.value for cell in row] for row in book[slug].iter_rows()]
        for row, student in zip(rows, points.students, strict=True):
            cells, mine = dict(zip(header, row, strict=True)), student.homeworks[slug]
            assert mine.private is not None
            assert cells["Public score"] == mine.public.score
            assert (cells["Private score"], cells["Private submission"]) == (
                mine.private.score,
                mine.private.submission_id,
            )
            assert cells["Points"] == pytest.approx(mine.total.points)
            assert {name: cells[name] for name in mine.items} == dict(mine.items)


def test_the_same_points_are_the_same_workbook_at_another_second(points: CoursePoints) -> None:
    first = exported(points, ExportOrder(ExportKind.XLSX)).data
    time.sleep(1.1)  # a workbook's own time has seconds

    assert exported(points, ExportOrder(ExportKind.XLSX)).data == first
