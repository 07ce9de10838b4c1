"""Gradebooks that need no file of the other system's: Moodle's, and the table that Gradescope exports."""

from collections.abc import Sequence

from server.domain.grades.gradebooks.raw_table import written
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent, grade_cell
from server.domain.texts.csv_cells import text_cell

GRADESCOPE = (
    *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"),
    *("Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count"),
)


def moodle(students: Sequence[GradedStudent], columns: Sequence[GradeColumn]) -> bytes:
    """A file for Moodle's import, which asks for the key's column: user name, number or e-mail address.

    A student without a grade has an empty cell, which Moodle passes over. Points beyond a column's most are
    the most, since one of them would make Moodle refuse the whole file.
    """
    rows = [["username", "idnumber", "email", *(text_cell(column.title) for column in columns)]]
    for student in students:
        texts = (student.username, student.student_number, student.email)
        grades = [(column, column.points.get(student.user_id)) for column in columns]
        cells = ["" if points is None else grade_cell(min(points, column.most)) for column, points in grades]
        rows.append([*map(text_cell, texts), *cells])
    return written(rows, separator=",", codec="utf-8")


def gradescope(students: Sequence[GradedStudent], column: GradeColumn) -> bytes:
    """A table with the columns of Gradescope's export, for scripts that read one.

    A name has no parts here, so all of it stands under First Name; what Gradescope alone knows is empty. So
    is the SID of a student without a number, whom a script that goes by it does not find.
    """
    rows = [list(GRADESCOPE)]
    for student in students:
        points = column.points.get(student.user_id)
        texts = (student.name, "", student.student_number, student.email, student.section)
        grade = ("", "Missing") if points is None else (grade_cell(points), "Graded")
        rows.append([*map(text_cell, texts), grade[0], grade_cell(column.most), grade[1], *[""] * 5])
    return written(rows, separator=",", codec="utf-8")
