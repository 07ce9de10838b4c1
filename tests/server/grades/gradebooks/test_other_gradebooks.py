"""What Moodle and Blackboard make of files from here, and who is proposed for whom."""

import csv
import io

import pytest

from server.domain.errors import Invalid
from server.domain.grades.gradebooks.blackboard import read_blackboard
from server.domain.grades.gradebooks.fill import filled
from server.domain.grades.gradebooks.plain import GRADESCOPE, gradescope, moodle
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent
from tests.server.grades.gradebooks.importers import blackboard_grades, moodle_grades

ANN = GradedStudent(1, "b001", "001", "陳, 怡君", "ann@example.edu", "A")
BOB = GradedStudent(2, "b002", "002", "=Bob", "bob@example.edu", "B")
HEADER = "Last Name\tFirst Name\tUsername\tStudent ID\tLast Access\tAvailability\t"
TARGETS = "HW 1 [Total Pts: 10 Score] |660463\tTotal [Total Pts: up to 100 Score] |660001"
EXPORT = (
    f"{HEADER}{TARGETS}\r\n"
    '"陳"\t"怡君"\t"b001"\t"001"\t"2030-03-01"\t"Yes"\t""\t"71"\r\n'
    '"Bob"\t""\t"b002"\t"002"\t""\t"Yes"\t"3"\t"72"\r\n'
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_blackboard_takes_its_own_file_back(encoding: str) -> None:
    layout = read_blackboard(EXPORT.encode(encoding))

    result = filled(
        layout, columns={6: GradeColumn("hw01", 10.0, {1: 9.5})}, students=[ANN, BOB], confirmed={}
    )

    assert blackboard_grades(result.data) == {("b001", "660463"): "9.5", ("b002", "660463"): "3"}
    assert [each.student for each in result.remaining] == [BOB]


def test_a_login_may_be_the_student_number_with_its_zeros() -> None:
    numbers = EXPORT.replace('"b001"\t"001"', '"001"\t""').replace('"b002"\t"002"', '"2"\t""')

    result = filled(
        read_blackboard(numbers.encode("utf-16")),
        columns={6: GradeColumn("hw01", 10.0, {1: 9.5})},
        students=[ANN, BOB],
        confirmed={},
    )

    assert blackboard_grades(result.data)["001", "660463"] == "9.5"
    assert [each.keys for each in result.pairing.rows] == [("2",)]


def test_a_column_of_another_maximum_is_scaled_only_if_asked() -> None:
    layout = read_blackboard(EXPORT.encode("utf-16"))
    points = {6: GradeColumn("hw01", 8.0, {1: 4.0, 2: None})}

    plain = filled(layout, columns=points, students=[ANN, BOB], confirmed={})
    scaled = filled(layout, columns=points, students=[ANN, BOB], confirmed={}, scales=True)

    grades = [blackboard_grades(each.data)["b001", "660463"] for each in (plain, scaled)]
    assert grades == ["4", "5"]
    assert [(each.there, each.here, each.is_scaled) for each in plain.maxima] == [(10.0, 8.0, False)]
    assert [each.is_scaled for each in scaled.maxima] == [True]


def test_a_column_that_sums_up_takes_no_grades() -> None:
    layout = read_blackboard(EXPORT.encode("utf-16"))

    with pytest.raises(Invalid, match="'Total' is locked"):
        filled(layout, columns={7: GradeColumn("hw01", 10.0, {1: 1.0})}, students=[ANN], confirmed={})


def test_a_file_of_another_system_is_no_file_of_blackboard() -> None:
    with pytest.raises(Invalid, match="no file of Blackboard"):
        read_blackboard(b"Student,ID,SIS Login ID,Section,HW 1 (12)\nAnn,1,b001,A,3\n")


def test_moodle_takes_the_whole_file() -> None:
    columns = [GradeColumn("HW 1", 10.0, {1: 10.5, 2: 0.0}), GradeColumn("HW 2", 5.0, {1: None})]

    grades = moodle_grades(moodle([ANN, BOB], columns), users={"b001", "b002"}, most={"HW 1": 10, "HW 2": 5})

    assert grades == {("b001", "HW 1"): 10.0, ("b002", "HW 1"): 0.0}


def test_gradescopes_table_has_its_columns_and_no_formula() -> None:
    data = gradescope([ANN, BOB], GradeColumn("HW 1", 10.0, {1: 7.25}))

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == GRADESCOPE
    assert [row[:8] for row in rows[1:]] == [
        ["陳, 怡君", "", "001", "ann@example.edu", "A", "7.25", "10", "Graded"],
        ["'=Bob", "", "002", "bob@example.edu", "B", "", "10", "Missing"],
    ]
