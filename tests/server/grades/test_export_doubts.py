"""What an export says where something may not fit: no number, another maximum, two rows of one."""

import pytest
from sqlalchemy import select, update

from server.models import GradebookPartner, Member
from tests.server.grades.test_export_pages import packed_in, send
from tests.server.grades.test_exports import CANVAS, PAGE, export, file, graded
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

__all__ = ["graded"]
TWO_STRANGERS = CANVAS + "Else,11,someone,2,,,\r\n"


def test_rows_without_a_number_are_named_where_the_table_goes_by_it(graded: Installation) -> None:
    user_id = graded.user("student1").id
    change = update(Member).where(Member.user_id == user_id).values(student_number=None)
    graded.db.write(lambda session: session.execute(change))

    page = words(send(graded, PAGE, kind="gradescope").text)

    assert "has no number, so the row has no SID: whatever goes by that finds nobody Student1" in page
    assert b"Student1,,,," in file(graded, 1).content


def test_the_maximum_of_the_sum_is_said_to_grow(graded: Installation) -> None:
    client = browser(graded, "iris")
    fields = {"form_token": form_token(client), "kind": "canvas", "act": "columns"}
    choice = client.post(PAGE, data=fields, files={"file": ("gradebook.csv", CANVAS.encode())})
    packed = packed_in(choice)

    one = send(graded, PAGE, kind="canvas", packed=packed, **{"column.5": "Total"})
    growing = (
        "The maximum of the sum here is that of the homeworks which have opened: it grows until all have."
    )

    assert "Columns of another maximum: Quiz" in words(one.text)
    assert growing in words(one.text)


def test_a_second_row_is_nobodys_whose_first_was_confirmed(graded: Installation) -> None:
    user_id = str(graded.user("student2").id)
    export(graded, "canvas", TWO_STRANGERS.encode())

    first = send(graded, f"{PAGE}/1/partners", key="STUDENT2", student=user_id)
    second = send(graded, f"{PAGE}/1/partners", key="someone", student=user_id)
    export(graded, "canvas", TWO_STRANGERS.encode())
    third = send(graded, f"{PAGE}/2/partners", key="someone", student=user_id)

    assert [each.status_code for each in (first, second, third)] == [200, 422, 422]
    assert "Student2 has been confirmed as 'STUDENT2' of that file already" in words(second.text).replace(
        "&#39;", "'"
    )
    assert "take the other row back first" in words(third.text)
    keys = graded.db.read(lambda session: session.scalars(select(GradebookPartner.key)).all())
    assert keys == ["STUDENT2"]


def test_a_gradebook_that_is_too_large_is_not_called_predictions(
    graded: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.grades.exports.GRADEBOOK_MOST", 10)

    answer = export(graded, "canvas", CANVAS.encode())

    assert answer.status_code == 413
    assert "The file is larger than 10 bytes, the most that is taken here." in words(answer.text)
    assert "predictions" not in answer.text
