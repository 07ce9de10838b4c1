"""A roster file on the page: looked at, read in another way, applied once, and never lost by a refusal."""

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from lxml import html
from openpyxl import Workbook
from sqlalchemy import func, select

from server.models import AuditEntry, Member, User
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

ADDRESS = "/courses/ml/people/roster"
STUDENTS = "".join(f"student{number},Student{number},B{number:03}\n" for number in range(3))
ROSTER = f"username,name,學號\n{STUDENTS}wei,王小明,B042\n".encode()


class Uploader:
    """An instructor at the page, who sends the form on as it came back."""

    def __init__(self, installation: Installation, name: str = "iris") -> None:
        self.client = browser(installation, name)
        self.token = form_token(self.client)
        self.fields: dict[str, str] = {}
        self.page = ""

    def choose(self, data: bytes, name: str = "roster.csv") -> int:
        """Look at a file."""
        return self._post({"act": "look"}, {"file": (name, data, "text/csv")})

    def send(self, act: str, **changes: str) -> int:
        """Press a button of the form as it stands, with these fields changed."""
        return self._post({**self.fields, "act": act, **changes}, {"file": ("", b"", "text/csv")})

    def _post(self, fields: dict[str, str], files: dict[str, Any]) -> int:
        answer = self.client.post(ADDRESS, data={"form_token": self.token, **fields}, files=files)
        self.page = unescape(answer.text)
        forms = [form for form in html.document_fromstring(answer.text).forms if form.action == ADDRESS]
        self.fields = {
            name: value for form in forms for name, value in form.form_values() if name != "form_token"
        }
        return answer.status_code


def workbook(*rows: tuple[object, ...], number_format: str = "General") -> bytes:
    """An Excel workbook with these rows on its second sheet; the first is empty."""
    book = Workbook()
    sheet = book.create_sheet("名單")
    for row in rows:
        sheet.append(row)
    for cell in sheet["C"]:
        cell.number_format = number_format
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def count_of(installation: Installation, table: type[Any]) -> int:
    """How many rows there are."""
    return installation.db.read(lambda session: session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.both
def test_a_file_is_looked_at_and_then_applied_in_one_act(installation: Installation) -> None:
    uploader = Uploader(installation)
    members = count_of(installation, Member)

    looked = uploader.choose(ROSTER)
    shown, unchanged = words(uploader.page), count_of(installation, Member)
    applied = uploader.send("import")
    password = re.search(r'<td>wei</td><td class="num">([\w-]+)</td>', uploader.page)

    assert (looked, applied, unchanged) == (200, 200, members)
    assert "Added 1 Changed 3 No longer in it 0 As before 0 Problems 0" in shown
    assert count_of(installation, Member) == members + 1
    assert password is not None
    signed_in = {"username": "wei", "password": password[1]}
    assert browser(installation).post("/sign-in", data=signed_in).status_code == 200
    entries = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "roster_imported")).all()
    )
    assert [each.by for each in entries] == [installation.user("iris").id]


def test_the_same_file_again_changes_nothing(installation: Installation) -> None:
    uploader = Uploader(installation)
    uploader.choose(ROSTER)
    uploader.send("import")

    uploader.choose(ROSTER)

    assert "Added 0 Changed 0 No longer in it 0 As before 4 Problems 0" in words(uploader.page)


def test_what_was_not_seen_is_not_applied(installation: Installation) -> None:
    one, other = Uploader(installation), Uploader(installation)
    one.choose(ROSTER)
    other.choose(ROSTER.replace(b"B042", b"B043"))
    other.send("import")

    status = one.send("import")

    assert status == 200
    assert "The course has changed since you looked, so nothing was imported." in words(one.page)
    number = select(Member.student_number).join(User, User.id == Member.user_id).where(User.username == "wei")
    assert installation.db.read(lambda session: session.scalar(number)) == "B043"
    assert one.send("import") == 200
    assert installation.db.read(lambda session: session.scalar(number)) == "B042"


def test_somebody_under_another_address_is_found_by_the_number(installation: Installation) -> None:
    uploader = Uploader(installation)
    uploader.choose(b"username,name,student number\nstudent0@old.edu,Wei,B900\n" + STUDENTS.encode())
    uploader.send("import")
    users = count_of(installation, User)

    uploader.choose(
        b"username,name,student number,email\nwei@new.edu,Wei,b900,wei@new.edu\n"
        + STUDENTS.replace("\n", ",\n").encode()
    )
    shown = words(uploader.page)
    uploader.send("import")

    assert "Added 0" in shown
    assert "student0@old.edu" in shown
    assert count_of(installation, User) == users
    assert installation.user("student0@old.edu").email == "wei@new.edu"


def test_an_encoding_that_cannot_be_told_is_asked_for_and_the_file_stays(installation: Installation) -> None:
    uploader = Uploader(installation)
    spoiled = "帳號,名\nstudent0,娟\n".encode("big5") + b"student1,\xff\xfe\x81\n"

    refused = uploader.choose(spoiled)
    again = uploader.send("look", encoding="cp437")

    assert refused == 422
    assert 'name="encoding"' in uploader.page
    assert (again, uploader.fields["packed"] != "") in [(200, True), (422, True)]


def test_another_encoding_and_other_columns_can_be_chosen(installation: Installation) -> None:
    uploader = Uploader(installation)
    data = f"konto;wer\n{STUDENTS}".replace(",", ";").replace("konto;wer", "konto;wer;nr").encode("utf-16")

    first = uploader.choose(data)
    reason = words(uploader.page)
    second = uploader.send("look", column_0="username", column_1="name", column_2="student_number")

    assert (first, second) == (422, 200)
    assert "No column of the roster says who somebody is" in reason
    assert "Say below what the columns mean" in reason
    assert "UTF-16" in uploader.page
    assert "Changed 3" in words(uploader.page)
    assert uploader.send("look", column_1="username") == 422
    assert "Two columns of the roster mean username" in words(uploader.page)
    assert uploader.send("look", column_1="") == 200


def test_problems_and_questions_keep_the_file_and_take_an_answer(installation: Installation) -> None:
    uploader = Uploader(installation)

    uploader.choose(b"username,student number\nann,B1\nann,B2\n")
    twice = words(uploader.page)
    uploader.choose(b"username,student number\nann,B1\n")
    question = words(uploader.page)
    forced = uploader.send("import")
    uploader.send("look", drop="3", nameless="yes")
    applied = uploader.send("import")

    assert "Line 3: The user name 'ann' stands on line 2 already." in twice
    assert "3 of 3 active students are not in this file and would lose their access." in question
    assert "--drop" not in question
    assert "1 new person has no name" in question
    assert (forced, applied) == (200, 200)
    assert "The roster is imported" in uploader.page


def test_a_workbook_is_read_as_a_text_file_is(installation: Installation) -> None:
    uploader = Uploader(installation)
    rows = [(f"student{number}", f"Student{number}", 7 + number) for number in range(3)]

    uploader.choose(workbook(("帳號", "姓名", "學號"), *rows, number_format="00000"), "名單.xlsx")
    shown = words(uploader.page)
    uploader.send("import")

    assert "an Excel workbook, sheet '名單'" in shown
    assert "Changed 3" in shown
    numbers = installation.db.read(
        lambda session: set(session.scalars(select(Member.student_number).where(Member.student_number != "")))
    )
    assert numbers == {"00007", "00008", "00009"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04" + b"\0" * 40, "no Excel workbook that can be read"),
        (workbook(("a",))[:900], "no Excel workbook that can be read"),
        (workbook(), "The file is empty"),
        (b"\xd0\xcf\x11\xe0old", "an Excel workbook of the old kind"),
        (b"%PDF-1.7", "a PDF document"),
        (b"", "The file is empty"),
        (b"x" * 5_000_001, "5000 kB"),
    ],
    ids=["no archive", "cut", "empty workbook", "old workbook", "pdf", "nothing", "large"],
)
def test_what_is_no_roster_is_refused_in_words(installation: Installation, data: bytes, reason: str) -> None:
    uploader = Uploader(installation)

    status = uploader.choose(data)

    assert status in {413, 422}
    assert reason in words(uploader.page) or status == 413


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.domain.texts.workbooks.UNPACKED_MOST", 1000)
    uploader = Uploader(installation)

    status = uploader.choose(workbook(("username", "name")), "bomb.xlsx")

    assert status == 422
    assert "1,000 is the most" in words(uploader.page)


@pytest.mark.parametrize(("name", "status"), [("student0", 403), ("tina", 403), ("ivan", 404)])
def test_the_page_is_for_instructors(installation: Installation, name: str, status: int) -> None:
    uploader = Uploader(installation, name)

    assert uploader.client.get(ADDRESS).status_code == status
    assert uploader.choose(ROSTER) == status


def test_a_form_that_lost_its_file_says_so(installation: Installation) -> None:
    uploader = Uploader(installation)

    assert uploader.send("look") == 422
    assert "No file was chosen" in words(uploader.page)
    assert uploader.send("look", packed="AAAA") == 422
    assert "Choose it again" in words(uploader.page)
