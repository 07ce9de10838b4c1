"""Items that staff check by hand: the sheet, two who write in it at once, a file out and in."""

import csv
import io
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import select, update

from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.grades.items.item_cells import NoPoints, read_points
from server.domain.grades.items.item_sheet import ItemCell, ItemSheet, change_cells, item_sheet, of_rows
from server.models import AuditEntry, GradeItem, Member
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.points_by_hand import count_by_hand
from tests.support.teamwork import in_teams_of, join

PAGE = "/competitions/tiny/items"


@pytest.fixture
def counted(installation: Installation) -> Installation:
    """Items code (of 2) and report (of 4); student0 has 1.5 for code; numbers are given."""
    count_by_hand(installation)

    def number(session: Any) -> None:
        for place, name in enumerate(("student0", "student1", "student2")):
            user_id = installation.user(name).id
            member = session.scalars(select(Member).where(Member.user_id == user_id)).one()
            member.student_number = f"B0{place}"

    installation.db.write(number)
    return installation


def sheet(installation: Installation) -> ItemSheet:
    competition = installation.competition()
    return installation.db.read(lambda session: item_sheet(session, competition=competition))


def points(installation: Installation) -> dict[str, dict[str, float]]:
    """By student, the points of each item that was checked."""
    whole = sheet(installation)
    names = {item.id: item.name for item in whole.items}
    return {
        student.username: {names[item]: value for item, value in row.points.items()}
        for student, row in whole.students.values()
    }


def items(installation: Installation) -> dict[str, int]:
    return {item.name: item.id for item in sheet(installation).items}


def change(installation: Installation, *cells: ItemCell) -> int:
    competition, tina = installation.competition(), installation.user("tina")
    return installation.db.write(
        lambda session: change_cells(
            session,
            of_rows(item_sheet(session, competition=competition), cells),
            competition=competition,
            by=Actor(tina.id),
            now=installation.clock(),
        )
    )


def typed(installation: Installation, cells: dict[tuple[str, str, str], str], name: str = "tina") -> Any:
    """The form sent with these texts, by item, student and what it was."""
    own = browser(installation, name)
    token = form_token(own)
    fields = {
        f"p.{items(installation)[item]}.{installation.user(student).id}.{was}": text
        for (item, student, was), text in cells.items()
    }
    return own.post(PAGE, data={"form_token": token, "page": "1"} | fields, follow_redirects=False)


@pytest.mark.both
def test_what_is_typed_is_saved_and_stands_in_the_trail(counted: Installation) -> None:
    answer = typed(
        counted,
        {
            ("code", "student0", "1.5"): "1.5",
            ("code", "student1", ""): "0",
            ("report", "student2", ""): "３,５",
        },
    )

    entry = counted.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "items_checked")).one()
    )
    assert answer.headers["location"].endswith("saved=2")
    assert points(counted) == {
        "student0": {"code": 1.5},
        "student1": {"code": 0.0},
        "student2": {"report": 3.5},
    }
    assert entry.by == counted.user("tina").id
    assert entry.after == {
        f"user {counted.user('student1').id}": {"code": 0.0},
        f"user {counted.user('student2').id}": {"report": 3.5},
    }


@pytest.mark.both
def test_two_who_save_at_once_do_not_overwrite_each_other(counted: Installation) -> None:
    code, first = items(counted)["code"], counted.user("student0").id
    other = counted.user("student1").id
    change(counted, ItemCell(code, first, 1.5, 2.0))

    with pytest.raises(Conflict, match=r"code: 2 by now, and not 1\.5"):
        change(counted, ItemCell(code, other, None, 1.0), ItemCell(code, first, 1.5, 0.5))

    assert points(counted)["student1"] == {}
    assert change(counted, ItemCell(code, first, 1.5, 2.0)) == 0  # who wants the same is not in the way
    assert change(counted, ItemCell(code, first, 2.0, None)) == 1
    assert points(counted)["student0"] == {}


@pytest.mark.both
def test_a_team_of_several_has_one_row_while_its_members_have_the_same(counted: Installation) -> None:
    in_teams_of(counted, 2)
    join(counted, "student1", "student2")
    code = items(counted)["code"]

    change(counted, ItemCell(code, counted.user("student1").id, None, 1.0))

    assert points(counted)["student1"] == points(counted)["student2"] == {"code": 1.0}
    assert [len(row.students) for row in sheet(counted).rows] == [1, 2]


@pytest.mark.parametrize(
    ("text", "words_of_it"),
    [
        ("2.5", "code: 2.5 is not from 0 to 2."),
        ("-1", "'-1' is no number of points; write 1.5 or 1,5."),
        ("1,000.5", "'1,000.5' is no number of points"),
        ("two", "'two' is no number of points"),
        ("nan", "'nan' is no number of points"),
    ],
)
def test_what_is_no_points_is_refused_and_nothing_typed_is_lost(
    counted: Installation, text: str, words_of_it: str
) -> None:
    answer = typed(counted, {("code", "student1", ""): text, ("report", "student2", ""): "1"})

    assert answer.status_code == 422
    assert words_of_it in words(answer.text)
    assert f'value="{text}"' in answer.text
    assert points(counted)["student2"] == {}


@given(st.floats(0, 1000, allow_nan=False).map(lambda value: round(value, 3)), st.sampled_from(".,，"))
def test_points_are_read_as_people_write_them(value: float, mark: str) -> None:
    text = f"{value:.3f}".replace(".", mark)
    wide = text.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})

    assert read_points(text) == read_points(wide) == read_points(f" {text} ") == value


@pytest.mark.parametrize("text", ["1e3", "1.2.3", "..", ".", "+1", "1 2", "½", "1234567", "٣x"])
def test_other_texts_are_no_points(text: str) -> None:
    with pytest.raises(NoPoints):
        read_points(text)


def rows_of(installation: Installation) -> list[list[str]]:
    data = browser(installation, "tina").get(f"{PAGE}.csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(data)))


def sent(installation: Installation, data: bytes, **fields: str) -> Any:
    own = browser(installation, "tina")
    token = form_token(own)
    files = {"file": ("items.csv", data, "text/csv")}
    return own.post(f"{PAGE}/file", data={"form_token": token} | fields, files=files, follow_redirects=False)


def test_a_file_goes_out_and_comes_back_and_changes_only_what_is_another(counted: Installation) -> None:
    header, *rows = rows_of(counted)
    assert header == ["student_number", "username", "name", "team", "code", "report"]
    assert rows[0] == ["B00", "student0", "Student0", "", "1.5", ""]
    rows[1][5], rows[2][4] = "4", "0,5"
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])

    look = sent(counted, out.getvalue().encode())
    seen = look.text.split('name="seen" value="')[1].split('"')[0]
    untouched = points(counted)
    done = sent(counted, out.getvalue().encode(), act="apply", seen=seen)

    assert "2 cells" in words(look.text)
    assert "B01 Student1 report – 4" in words(look.text)
    assert untouched["student1"] == {}
    assert done.status_code == 303
    assert points(counted) == {
        "student0": {"code": 1.5},
        "student1": {"report": 4.0},
        "student2": {"code": 0.5},
    }
    assert "Nothing: the sheet says the same already." in words(sent(counted, out.getvalue().encode()).text)


def test_every_bad_cell_of_a_file_is_told_with_its_line_and_nothing_is_saved(counted: Installation) -> None:
    data = b"student_number,code,report\nB00,2.5,1\nB09,1,1\nB01,abc,2\nB01,1,3\n"

    answer = sent(counted, data, act="apply", seen="x")

    text = unescape(words(answer.text))
    assert answer.status_code == 422
    assert "Line 2, code: 2.5 is more than 2." in text
    assert "Line 3: nobody in the course is 'B09'." in text
    assert "Line 4, code: 'abc' is no number of points" in text
    assert "Line 5, report: line 4 says something else of the same student." in text
    assert "Save these cells" not in text
    assert points(counted)["student1"] == {}


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("name,code", "No column says who: one is called student_number or username."),
        ("username,cod", "cod: no item is called so; the items are: code, report."),
        ("username,name", "No column: no item is called so; the items are: code, report."),
        ("username,code,Code", "Two columns are called 'code'."),
    ],
)
def test_a_file_of_another_kind_is_told_what_is_missing(
    counted: Installation, header: str, sentence: str
) -> None:
    answer = sent(counted, f"{header}\nstudent0,1,1\n".encode())

    assert answer.status_code == 422
    assert sentence in words(answer.text)


def test_a_workbook_and_semicolons_with_decimal_commas_are_read(counted: Installation) -> None:
    book = Workbook()
    book.active.append(["username", "code", "report"])
    book.active.append(["STUDENT1", 1.25, None])
    data = io.BytesIO()
    book.save(data)

    as_workbook = words(sent(counted, data.getvalue()).text)
    as_text = words(sent(counted, "學號;code\r\nB01;1,25\r\n".encode("utf-16")).text)

    assert "B01 Student1 code – 1.25" in as_workbook
    assert "B01 Student1 code – 1.25" in as_text


def test_the_sheet_is_for_staff_who_may_see_names(counted: Installation) -> None:
    assert browser(counted, "student0").get(PAGE).status_code == 403
    assert browser(counted, "mallory").get(PAGE).status_code == 404
    assert browser(counted, "student0").get(f"{PAGE}.csv").status_code == 403


def test_points_beyond_the_most_are_refused_by_the_domain_too(counted: Installation) -> None:
    with pytest.raises(Invalid, match=r"2\.5 is not from 0 to 2"):
        change(counted, ItemCell(items(counted)["code"], counted.user("student0").id, 1.5, 2.5))
    assert counted.db.read(lambda session: session.query(GradeItem).count()) == 2


def test_an_items_name_is_read_in_the_readers_language(counted: Installation) -> None:
    change = update(GradeItem).where(GradeItem.name == "report").values(name="Report <!-- zh-TW --> 書面報告")
    counted.db.write(lambda session: session.execute(change) and None)

    pages = {
        (name, language): browser(counted, name).get(path, headers={"Accept-Language": language}).text
        for name, path in (("tina", PAGE), ("student0", "/courses/ml/results"))
        for language in ("en", "zh-TW")
    }

    for (_, language), page in pages.items():
        assert ("<bdi>書面報告</bdi>" in page, "<bdi>Report</bdi>" in page) == (
            language == "zh-TW",
            language == "en",
        )
        assert "zh-TW --" not in page
    assert 'aria-label="Report of ' in pages["tina", "en"]
