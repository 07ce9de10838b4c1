"""Exports of a course's points: filled gradebooks, what is kept of each, and who may make them."""

import csv
import io
import json
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select, update

from server.models import AuditEntry, Member, PrivateExport, Right
from server.services.privacy import erasure
from tests.server.rights.test_rights import withhold
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.person import age_files

pytestmark = pytest.mark.both
PAGE = "/courses/ml/exports"
CANVAS = (
    "Student,ID,SIS Login ID,Section,Tiny accuracy (12),Quiz (13),Final Score\r\n"
    "    Points Possible,,,,8,10,(read only)\r\n"
    '"Wu, 小明",7,student0,1,,3,\r\n'
    "Lin,8,student1,1,2,4,\r\n"
    "Nobody,9,STUDENT2,1,,,\r\n"
)


@pytest.fixture
def graded(installation: Installation) -> Installation:
    """A course in which student0 has points, student1 nothing, and student2 a file that earns none."""
    for tier in ("simple", "strong"):
        installation.train(tier)
    installation.submit_accuracy("student0", 0.95, 1)
    installation.submit_accuracy("student2", 0.1, 2)
    for number in range(3):
        user_id = installation.user(f"student{number}").id
        changing = update(Member).where(Member.user_id == user_id).values(student_number=f"00{number}")
        installation.db.write(lambda session, changing=changing: session.execute(changing) and None)
    return installation


def export(installation: Installation, kind: str, data: bytes = b"", by: str = "iris") -> Response:
    """Send the form of the page."""
    client = browser(installation, by)
    fields = {"form_token": form_token(client), "kind": kind}
    return client.post(PAGE, data=fields, files={"file": ("gradebook.csv", data)} if data else None)


def file(installation: Installation, version: int, by: str = "iris") -> Response:
    """An export's file."""
    return installation.client(by).get(f"{PAGE}/{version}")


def test_a_gradebook_of_canvas_is_filled_and_kept(graded: Installation) -> None:
    page = export(graded, "canvas", CANVAS.encode())

    rows = list(csv.reader(io.StringIO(file(graded, 1).content.decode("utf-8-sig"))))
    assert rows[0] == ["Student", "ID", "SIS Login ID", "Section", "Tiny accuracy (12)"]
    assert rows[1][4] == "8"
    assert float(rows[2][4]) > 0
    assert rows[3][4] == "2"  # nothing is here to replace it
    assert rows[4][4] == ""
    shown = words(page.text)
    assert "Iris" in shown
    assert "1 grade that stands there was left" in shown
    assert "1 row of the file is nobody's here Nobody" in shown
    assert "perhaps Student2" in shown
    assert "1 student here is not in the file" in shown
    entry = graded.db.read(lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all())[
        -1
    ]
    assert (entry.act, entry.subject) == ("grades_exported", "course ml")


@pytest.mark.parametrize("kind", ["json", "moodle", "gradescope", "xlsx"])
def test_the_same_points_are_the_same_bytes_and_a_version_more(graded: Installation, kind: str) -> None:
    export(graded, kind)
    graded.clock.advance(timedelta(minutes=5))
    export(graded, kind, by="root")

    first, second = file(graded, 1), file(graded, 2)
    assert first.content == second.content
    assert first.headers["content-disposition"] != second.headers["content-disposition"]
    assert (b"000" in first.content) is (kind != "xlsx")  # a workbook is packed


def test_nothing_to_grade_is_no_grade_and_no_points_are_zero(graded: Installation) -> None:
    export(graded, "moodle")

    rows = {
        row["username"]: row
        for row in csv.DictReader(io.StringIO(file(graded, 1).content.decode("utf-8-sig")))
    }
    assert rows["student1"]["Tiny accuracy"] == ""
    assert rows["student2"]["Tiny accuracy"] == "0"
    assert rows["student0"]["idnumber"] == "000"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "No file was chosen"),
        (b"a,b\r\n1,2\r\n", "no gradebook of Canvas"),
        (CANVAS.replace("student0", "x").replace("student1", "y").encode(), "another course"),
        (CANVAS.replace("8,10,", "read only,10,").encode(), "is locked"),
        (CANVAS.replace("Quiz (13)", "Tiny accuracy (12)").encode(), "2 columns"),
    ],
)
def test_a_file_that_cannot_be_filled_is_refused_and_nothing_is_kept(
    graded: Installation, data: bytes, reason: str
) -> None:
    page = export(graded, "canvas", data)

    assert page.status_code == 422
    assert reason in words(page.text)
    assert file(graded, 1).status_code == 404


def test_exports_are_for_staff_with_all_three_rights(graded: Installation) -> None:
    export(graded, "json", by="tina")

    assert file(graded, 1, by="tina").status_code == 200
    assert json.loads(file(graded, 1).content)["students"][0]["username"] == "student0"
    assert [file(graded, 1, by=name).status_code for name in ("student0", "mallory", "ivan")] == [
        403,
        404,
        404,
    ]
    for right in (Right.SEE_PRIVATE, Right.SEE_NAMES, Right.EXPORT):
        withhold(graded, right)
        assert (file(graded, 1, by="tina").status_code, export(graded, "json", by="tina").status_code) == (
            403,
            403,
        )


def test_an_erasure_takes_the_exports_that_name_the_person(graded: Installation) -> None:
    export(graded, "json")
    age_files(graded)
    store = graded.context.store
    assert erasure.litter(graded.db, store, older_than=timedelta(minutes=5)).orphans == ()
    sha256 = graded.db.read(lambda session: session.scalars(select(PrivateExport.sha256)).one(), private=True)

    user_id = graded.user("student0").id
    graded.client("root").post(f"/api/people/{user_id}/erasure", json={"reason": "Asked."}).raise_for_status()

    assert file(graded, 1).status_code == 404
    assert not store.path(sha256).exists()
