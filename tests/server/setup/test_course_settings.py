"""Making a course and changing its settings, on pages."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from server.domain.errors import Invalid
from server.domain.people.calendar import holidays_text, read_day, read_holidays
from server.models import AuditEntry, Course
from tests.support.browser import browser, form_token, words
from tests.support.empty import empty_installation
from tests.support.installation import Installation, new_user
from tests.support.tiny_homework import NOW

FIELDS = {
    "new_slug": "ml-2031",
    "title": "  Machine   Learning ",
    "zone": "Asia/Taipei",
    "language": "zh-TW",
    "first_day": "2031-02-17",
    "holidays": "2031-04-04/2031-04-06\n\n2031-02-28\n",
    "contact": " ml-ta@example.edu,  R512 ",
}
HOLIDAYS = ["2031-02-28", "2031-04-04", "2031-04-05", "2031-04-06"]


def course_named(installation: Installation, slug: str) -> Course | None:
    return installation.db.read(lambda session: session.scalar(select(Course).where(Course.slug == slug)))


@pytest.mark.both
def test_an_admin_makes_a_course_and_its_settings_are_changed_on_the_record(
    installation: Installation,
) -> None:
    client = browser(installation, "root")
    sent = FIELDS | {"form_token": form_token(client)}

    creation = client.post("/courses/new", data=sent)
    change = client.post("/courses/ml-2031/setup", data=sent | {"holidays": "2031-02-28", "language": ""})

    course = course_named(installation, "ml-2031")
    assert course is not None
    assert (creation.status_code, creation.url.path) == (200, "/courses/ml-2031/setup")
    assert "0 students, 0 of the staff" in words(creation.text)
    assert "2031-02-28\n2031-04-04/2031-04-06" in creation.text
    assert change.status_code == 200
    assert (course.title, course.zone, course.language) == ("Machine Learning", "Asia/Taipei", "")
    assert course.contact == "ml-ta@example.edu, R512"
    assert (course.first_day, course.holidays) == (date(2031, 2, 17), ["2031-02-28"])
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "course_changed")).one()
    )
    assert entry.before == {"language": "zh-TW", "holidays": HOLIDAYS}
    assert entry.after == {"language": "", "holidays": ["2031-02-28"]}


@pytest.mark.parametrize("name", ["iris", "tina", "student0"])
def test_nobody_but_an_admin_makes_a_course(installation: Installation, name: str) -> None:
    client = browser(installation, name)

    answers = [
        client.get("/courses/new"),
        client.post("/courses/new", data=FIELDS | {"form_token": form_token(client)}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert course_named(installation, "ml-2031") is None


@pytest.mark.parametrize(("name", "status"), [("tina", 403), ("student0", 403), ("mallory", 404)])
def test_nobody_but_an_instructor_sets_a_course_up(
    installation: Installation, name: str, status: int
) -> None:
    client = browser(installation, name)
    sent = FIELDS | {"form_token": form_token(client)}

    answers = [client.get("/courses/ml/setup"), client.post("/courses/ml/setup", data=sent)]

    assert [answer.status_code for answer in answers] == [status, status]


def test_a_slug_that_would_hide_behind_our_own_address_is_refused(installation: Installation) -> None:
    client = browser(installation, "root")

    answer = client.post("/courses/new", data=FIELDS | {"new_slug": "new", "form_token": form_token(client)})

    assert answer.status_code == 422
    assert "'new' does not fit" in words(answer.text).replace("&#39;", "'")


def test_the_first_page_of_an_empty_installation_leads_an_admin_to_a_course(
    database_url: str, tmp_path: Path
) -> None:
    with empty_installation(database_url, tmp_path) as installation:
        page = browser(installation, "root").get("/").text

    assert "Three steps lead to one that runs: Make a course" in words(page)
    assert 'href="/courses/new">Make a course</a>' in page


def test_everybody_else_without_a_course_is_told_to_wait_for_the_roster(
    database_url: str, tmp_path: Path
) -> None:
    with empty_installation(database_url, tmp_path) as installation:
        installation.db.write(lambda session: new_user(session, "early", now=NOW))
        page = browser(installation, "early").get("/").text

    assert "You are in no course yet" in page
    assert "/courses/new" not in page


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", []),
        ("2027-05-01", ["2027-05-01"]),
        (" 2027-04-02/2027-04-03 \r\n2027-04-03", ["2027-04-02", "2027-04-03"]),
        ("2027-12-31/2028-01-01", ["2027-12-31", "2028-01-01"]),
    ],
    ids=["none", "one", "twice", "over the year"],
)
def test_holidays_are_read_as_they_are_written(text: str, days: list[str]) -> None:
    holidays = read_holidays(text)

    assert [day.isoformat() for day in holidays] == days
    assert read_holidays(holidays_text(holidays)) == holidays


@pytest.mark.parametrize(
    "text", ["1 May", "2027-02-30", "2027-04-06/2027-04-02", "2027-01-01/2028-01-01", "0001-01-01", "/"]
)
def test_what_is_no_holiday_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(Invalid):
        read_holidays(text)


def test_a_day_is_a_date_within_reach() -> None:
    assert read_day(" 2027-02-22 ") == date(2027, 2, 22)
