"""The page of exports: columns chosen by hand, partners confirmed by a click, Canvas without a gradebook."""

import base64
import csv
import io

import pytest
from httpx2 import Response
from sqlalchemy import select

from server.models import AuditEntry, GradebookPartner, Right
from tests.server.grades.test_exports import CANVAS, PAGE, export, file, graded
from tests.server.rights.test_rights import withhold
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both(later="postgresql")
__all__ = ["graded"]
OTHER_NAMES = CANVAS.replace("Tiny accuracy (12)", "第一次作業 (12)").encode()
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Tiny accuracy [Total Pts: 8 Score] |660463"\r\n'
    '"王"\t"小明"\t"student0"\t"000"\t""\r\n'
    '"Lin"\t"A, B"\t"student1"\t"001"\t"2"\r\n'
).encode("utf-16")


def rows_of(answer: Response, codec: str = "utf-8-sig", separator: str = ",") -> list[list[str]]:
    """The cells of an export."""
    return list(csv.reader(io.StringIO(answer.content.decode(codec)), delimiter=separator))


def send(installation: Installation, path: str, by: str = "iris", **fields: str) -> Response:
    """Send a form of the page without a file."""
    client = browser(installation, by)
    return client.post(path, data={"form_token": form_token(client), **fields})


def packed_in(page: Response) -> str:
    """The file that a page brings back."""
    return page.text.split('name="packed" value="')[1].split('"')[0]


def test_columns_of_other_names_are_chosen_once_and_remembered(graded: Installation) -> None:
    choice = export(graded, "canvas", OTHER_NAMES)
    assert "nothing was exported yet" in words(choice.text)
    assert file(graded, 1).status_code == 404

    answer = send(
        graded, PAGE, kind="canvas", packed=packed_in(choice), **{"column.4": "tiny", "column.5": ""}
    )
    export(graded, "canvas", OTHER_NAMES)

    assert answer.status_code == 200
    first, second = rows_of(file(graded, 1)), rows_of(file(graded, 2))
    assert first[0] == ["Student", "ID", "SIS Login ID", "Section", "第一次作業 (12)"]
    assert float(first[2][4]) > 0
    assert first == second


def test_columns_can_be_chosen_where_they_are_sure_and_grades_be_taken_away(graded: Installation) -> None:
    client = browser(graded, "iris")
    fields = {"form_token": form_token(client), "kind": "canvas", "act": "columns"}
    choice = client.post(PAGE, data=fields, files={"file": ("gradebook.csv", CANVAS.encode())})
    assert '<option value="tiny" selected>' in choice.text

    send(
        graded,
        PAGE,
        kind="canvas",
        packed=packed_in(choice),
        clears="yes",
        **{"column.4": "", "column.5": "Total"},
    )
    send(graded, PAGE, kind="canvas", packed=packed_in(choice), clears="yes", **{"column.4": "tiny"})

    assert rows_of(file(graded, 1))[0][4:] == ["Quiz (13)"]
    assert rows_of(file(graded, 2))[3][4] == ""  # was 2 there, and student1 has nothing here


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"column.4": "tiny", "column.5": "tiny"}, "Two columns take the same"),
        ({"column.4": "nothing"}, "Choose the homework"),
        ({"column.77": "tiny"}, "no column of grades at place 78"),
        ({"column.4": ""}, "No column was chosen"),
        ({"column.x": "tiny"}, "did not come back whole"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    graded: Installation, fields: dict[str, str], reason: str
) -> None:
    choice = export(graded, "canvas", OTHER_NAMES)

    answer = send(graded, PAGE, kind="canvas", packed=packed_in(choice), **fields)

    assert answer.status_code == 422
    assert reason in words(answer.text)


@pytest.mark.both
def test_a_partner_is_confirmed_by_a_click_remembered_and_taken_back(graded: Installation) -> None:
    page = export(graded, "canvas", CANVAS.encode())
    assert "Who is who?" in words(page.text)
    user_id = graded.user("student2").id

    shown = send(graded, f"{PAGE}/1/partners", key="STUDENT2", student=str(user_id))
    export(graded, "canvas", CANVAS.encode())
    row = graded.db.read(lambda session: session.scalars(select(GradebookPartner)).one())
    before = rows_of(file(graded, 2))
    forgotten = send(graded, f"{PAGE}/partners/{row.id}/revoke")
    export(graded, "canvas", CANVAS.encode())

    assert "Who is who?" not in words(shown.text)
    assert "Remembered" in words(shown.text)
    assert (row.key, row.user_id) == ("STUDENT2", user_id)
    assert [row[4] for row in before[2:]][2] == "0"
    assert "Remembered" not in words(forgotten.text)
    assert rows_of(file(graded, 3))[4][4] == ""
    acts = graded.db.read(lambda session: session.scalars(select(AuditEntry.act)).all())
    assert [act for act in acts if act.startswith("partner")] == ["partner_confirmed", "partner_revoked"]


def test_a_key_is_confirmed_again_as_another_student(graded: Installation) -> None:
    export(graded, "canvas", CANVAS.encode())
    ids = [graded.user(name).id for name in ("student1", "student2")]

    for user_id in ids:
        send(graded, f"{PAGE}/1/partners", key="STUDENT2", student=str(user_id))

    rows = graded.db.read(lambda session: session.scalars(select(GradebookPartner.user_id)).all())
    assert rows == [ids[1]]


def test_only_students_and_rows_of_that_export_can_be_partners(graded: Installation) -> None:
    export(graded, "canvas", CANVAS.encode())
    student, staff = graded.user("student2").id, graded.user("tina").id

    answers = [
        send(graded, f"{PAGE}/1/partners", key="STUDENT2", student=str(staff)),
        send(graded, f"{PAGE}/1/partners", key="STUDENT2", student="0"),
        send(graded, f"{PAGE}/1/partners", key="somebody", student=str(student)),
        send(graded, f"{PAGE}/9/partners", key="STUDENT2", student=str(student)),
        send(graded, f"{PAGE}/partners/99/revoke"),
        send(graded, f"{PAGE}/1/partners", by="student0", key="STUDENT2", student=str(student)),
        send(graded, f"{PAGE}/1/partners", by="ivan", key="STUDENT2", student=str(student)),
    ]
    withhold(graded, Right.EXPORT)
    answers.append(send(graded, f"{PAGE}/1/partners", by="tina", key="STUDENT2", student=str(student)))

    assert [each.status_code for each in answers] == [422, 422, 422, 404, 404, 403, 404, 403]
    assert graded.db.read(lambda session: session.scalars(select(GradebookPartner)).all()) == []


def test_canvas_without_its_gradebook_has_one_column_and_no_blanks(graded: Installation) -> None:
    answer = send(graded, PAGE, kind="canvas_plain", homework="tiny", number="812")

    header, *rows = rows_of(file(graded, 1))
    assert answer.status_code == 200
    assert header[-1] == "Tiny accuracy (812)"
    assert [(row[2], row[3]) for row in rows] == [("000", "student0"), ("002", "student2")]
    assert rows[1][-1] == "0"
    for fields, reason in (({"homework": "x"}, "Choose the homework"), ({"number": "8a"}, "no number of a")):
        refused = send(graded, PAGE, kind="canvas_plain", **({"homework": "tiny", "number": ""} | fields))
        assert refused.status_code == 422
        assert reason in words(refused.text)


def test_a_gradebook_of_blackboard_comes_back_in_utf_16_with_tabs(graded: Installation) -> None:
    export(graded, "blackboard", BLACKBOARD)

    data = file(graded, 1)
    header, *rows = rows_of(data, "utf-16", "\t")
    assert header[-1] == "Tiny accuracy [Total Pts: 8 Score] |660463"
    assert rows[0][:4] == ["王", "小明", "student0", "000"]
    assert float(rows[0][4]) > 0
    assert rows[1] == ["Lin", "A, B", "student1", "001", "2"]
    assert "ml-blackboard-1.txt" in data.headers["content-disposition"]


def test_a_column_of_another_maximum_is_named_and_scaled_if_asked(graded: Installation) -> None:
    of_100 = CANVAS.replace(",,,,8,10,", ",,,,100,10,").encode()
    page = export(graded, "canvas", of_100)
    columns = {"column.4": "tiny", "column.5": ""}
    packed = base64.b64encode(of_100).decode()
    scaled = send(graded, PAGE, kind="canvas", packed=packed, scales="yes", **columns)

    assert "Columns of another maximum: Tiny accuracy : 100 there, 8 here 1 grade" in words(page.text)
    assert "Tiny accuracy : 100 there, 8 here (scaled)" in words(scaled.text)
    cells = [rows_of(file(graded, version))[2][4] for version in (1, 2)]
    assert float(cells[1]) == float(cells[0]) * 100 / 8


def test_who_has_a_row_by_login_is_no_partner_of_another(graded: Installation) -> None:
    export(graded, "canvas", CANVAS.encode())

    answer = send(graded, f"{PAGE}/1/partners", key="STUDENT2", student=str(graded.user("student0").id))

    assert answer.status_code == 422
    assert "Student0 has a row of that file by login or number already" in words(answer.text)
    assert graded.db.read(lambda session: session.scalars(select(GradebookPartner)).all()) == []


def test_a_student_with_several_rows_is_named(graded: Installation) -> None:
    twins = CANVAS.replace("STUDENT2", "student2") + "Twin,10,student1,2,,,\r\n"
    page = export(graded, "canvas", twins.encode())

    assert "1 student has several rows in the file, and none was filled: Student1" in words(page.text)
    assert rows_of(file(graded, 1))[3][4] == "2"
