"""What Canvas makes of a gradebook that was filled here: every grade in its place, and no other change."""

import csv
import io
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.grades.gradebooks.canvas import plain_canvas, read_canvas
from server.domain.grades.gradebooks.fill import filled
from server.domain.grades.gradebooks.students import GradeColumn, GradedStudent
from tests.server.grades.gradebooks.importers import CanvasCourse

NUMBER, OTHER = "812", "813"
TITLES = {NUMBER: "HW 1 (regression)", OTHER: "Quiz"}
HEAD = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
HEADER = [*HEAD, f"HW 1 (regression) ({NUMBER})", f"Quiz ({OTHER})", "Final Score", "Final Grade"]
POSSIBLE = ["    Points Possible", "", "", "", "", "10.0", "5.0", "(read only)", "(read only)"]
NAMES = st.text(
    st.one_of(st.sampled_from("王小明,;\"'=+-@ é"), st.characters(categories=["L"])), min_size=1, max_size=8
).filter(lambda name: name.strip() == name and "Points Possible" not in name)
CELLS = st.sampled_from(["", "-", "7", "7,5", "0", "EX", "9.25"])
POINTS = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 7.5, 9.25, 10.0, 0.3]))


def student(number: int, name: str = "Ann") -> GradedStudent:
    """A student with a number that begins with zeros."""
    return GradedStudent(number, f"b{number:05}", f"{number:08}", name, f"b{number:05}@example.edu", "1")


def export(students: Sequence[GradedStudent], cells: Mapping[int, str], *, separator: str = ",") -> bytes:
    """A gradebook as Canvas writes it, with `cells` in the homework's column, and 4 for everybody's quiz."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([HEADER, POSSIBLE])
    for each in students:
        name = f'="{each.name}"' if each.name.startswith("=") else each.name
        keys = (name, f"{each.user_id + 5000}", each.student_number, each.username, each.section)
        writer.writerow([*keys, cells.get(each.user_id, ""), "4", "81", "B"])
    return out.getvalue().encode("utf-8-sig")


def course_of(students: Sequence[GradedStudent], cells: Mapping[int, str]) -> CanvasCourse:
    """The Canvas course that wrote that export."""
    course = CanvasCourse(
        {each.username: each.user_id + 5000 for each in students},
        {each.student_number: each.user_id + 5000 for each in students},
        TITLES,
    )
    course.take(export(students, cells))
    return course


@given(st.lists(st.tuples(NAMES, CELLS, POINTS), min_size=1, max_size=12), st.sampled_from([",", ";"]))
def test_canvas_takes_each_grade_and_changes_nothing_else(
    people: list[tuple[str, str, float | None]], separator: str
) -> None:
    students = [student(i, name) for i, (name, _, _) in enumerate(people, 1)]
    cells = {i: cell for i, (_, cell, _) in enumerate(people, 1)}
    points = {i: value for i, (_, _, value) in enumerate(people, 1)}
    course = course_of(students, cells)
    before = dict(course.grades)

    layout = read_canvas(export(students, cells, separator=separator))
    result = filled(layout, columns={5: GradeColumn("hw01", 10.0, points)}, students=students, confirmed={})
    course.take(result.data)

    assert course.created == []
    for each in students:
        key = (each.user_id + 5000, NUMBER)
        value = points[each.user_id]
        is_settled = value is None or before.get(key) == "EX"
        assert course.grades.get(key) == (before.get(key) if is_settled else f"{value:.2f}")
        assert course.grades[each.user_id + 5000, OTHER] == "4.00"
    assert (result.pairing.rows, result.pairing.students) == ((), ())


def test_an_export_of_a_thousand_three_hundred_has_no_wrong_cell() -> None:
    students = [student(i, "陳怡君" if i % 3 else f"O'Neil, {i}") for i in range(1, 1301)]
    points: dict[int, float | None] = {i: (i % 21) / 2 for i in range(1, 1301)}
    course = course_of(students, {})

    result = filled(
        read_canvas(export(students, {})),
        columns={5: GradeColumn("hw01", 10.0, points)},
        students=students,
        confirmed={},
    )
    course.take(result.data)

    grades = {person - 5000: cell for (person, number), cell in course.grades.items() if number == NUMBER}
    assert grades == {i: f"{value:.2f}" for i, value in points.items()}
    assert result.changed == 1300


def test_an_empty_cell_takes_a_grade_away_only_when_that_is_asked_for() -> None:
    students = [student(1)]
    layout = read_canvas(export(students, {1: "7"}))
    nothing = GradeColumn("hw01", 10.0, {})

    unchanged = filled(layout, columns={5: nothing}, students=students, confirmed={})
    cleared = filled(layout, columns={5: nothing}, students=students, confirmed={}, clears=True)

    assert [(each.student.user_id, each.cell) for each in unchanged.remaining] == [(1, "7")]
    assert unchanged.changed == 0
    assert cleared.data.decode().splitlines()[-1].endswith("b00001,1,")


def test_a_slip_in_a_login_is_proposed_and_then_remembered() -> None:
    students = [student(1, "Ann"), student(2, "Bob"), student(3, "Eve")]
    slipped = export(students, {}).replace(b"00000002,b00002", " \uff2200002,B 00020".encode())
    column = GradeColumn("hw01", 10.0, {1: 1.0, 2: 2.0, 3: 3.0})

    first = filled(read_canvas(slipped), columns={5: column}, students=students, confirmed={})
    row = first.pairing.rows[0]
    then = filled(read_canvas(slipped), columns={5: column}, students=students, confirmed={row.keys[0]: 2})

    assert (row.name, [each.user_id for each in row.partners]) == ("Bob", [2])
    assert [each.user_id for each in first.pairing.students] == [2]
    assert then.pairing.rows == ()
    assert ",2\r\n" in then.data.decode()


def test_a_row_by_its_own_login_goes_before_a_confirmed_one() -> None:
    students = [student(1), student(2, "Bob")]
    data = export(students, {}).replace(b"00000002,b00002", b",zed")

    result = filled(
        read_canvas(data),
        columns={5: GradeColumn("hw01", 10.0, {1: 4.0})},
        students=students,
        confirmed={"zed": 1},
    )

    assert [each.user_id for each in result.pairing.by_line.values()] == [1]
    assert [each.keys for each in result.pairing.rows] == [("zed",)]
    assert ",4\r\n" in result.data.decode()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda data: data[:-10], "has 5 fields, and its first line 9"),
        (lambda data: data.replace(b"Section", b"Gruppe"), "no gradebook of Canvas"),
        (lambda data: data.replace(b"Ann", b'"Ann'), "is no CSV"),
        (lambda data: b"", "The file is empty"),
        (lambda data: b"PK\x03\x04" + data, "Excel workbook"),
        (lambda data: b"\x89PNG\r\n\x1a\n" + data, "The file is a picture"),
        (lambda data: b"%PDF-1.7\n" + data, "The file is a PDF document"),
        (lambda data: data.replace(b"00000002,b00002", b"00000001,b00001"), "several rows .*: Ann"),
        (lambda data: data.replace(b"b0000", b"x9999").replace(b"0000000", b"7777777"), "another"),
        (lambda data: data.replace(b"Quiz (813)", b"HW 1 (regression) (812)"), "2 columns 'HW 1"),
        (lambda data: data.replace(b"10.0", b"(read only)"), "is locked"),
    ],
    ids=[
        "truncated",
        "no section",
        "quote",
        "empty",
        "xlsx",
        "png",
        "pdf",
        "same student",
        "another course",
        "twice",
        "locked",
    ],
)
def test_a_file_that_cannot_be_filled_is_refused_with_what_to_do(spoil: object, words: str) -> None:
    assert callable(spoil)
    students = [student(1), student(2)]

    with pytest.raises(Invalid, match=words):
        filled(
            read_canvas(spoil(export(students, {}))),
            columns={5: GradeColumn("hw01", 10.0, {1: 1.0})},
            students=students,
            confirmed={},
        )


def test_utf_16_and_decimal_commas_are_read() -> None:
    students = [student(1, "陳怡君")]
    data = export(students, {1: "7,5"}, separator=";").decode("utf-8-sig").encode("utf-16")

    result = filled(
        read_canvas(data), columns={5: GradeColumn("hw01", 10.0, {1: 8.5})}, students=students, confirmed={}
    )

    assert result.data.decode("utf-16").splitlines()[-1].endswith(";8.5")


def test_without_a_file_only_those_with_a_grade_are_sent() -> None:
    students = [student(1, "=1+1"), student(2)]
    course = course_of(students, {2: "7"})

    course.take(plain_canvas(students, GradeColumn(TITLES[NUMBER], 10.0, {1: 0.0}), number=NUMBER))

    assert (course.grades[5001, NUMBER], course.grades[5002, NUMBER]) == ("0.00", "7.00")
