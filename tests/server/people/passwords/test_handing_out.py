"""Links that staff give, to one person or to all who are new; on both databases."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.models import AuditEntry, Member, Role, User
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.mailbox import letters, send_mail_to
from tests.support.smtp_stub import MailServer, mail_server

pytestmark = pytest.mark.both(later="postgresql")

NEW = "a good deal longer than before"
WHY = {"reason": "Came to the office hour"}
LINK = re.compile(r"http://testserver(/set-password\?link=[\w-]{43})")


@pytest.fixture
def smtp(installation: Installation) -> Iterator[MailServer]:
    with mail_server() as stub:
        send_mail_to(installation, stub)
        yield stub


def give(
    installation: Installation, by: str, to: str, *, path: str = "/courses/ml", **fields: str
) -> Response:
    page, user_id = browser(installation, by), installation.user(to).id
    sent = {"form_token": form_token(page), "how": "show"} | WHY | fields
    return page.post(f"{path}/people/{user_id}/password", data=sent)


def set_by(installation: Installation, link: str) -> int:
    """Open a link as a stranger and set a password; the status."""
    page = browser(installation)
    page.get(link)
    return page.post("/set-password", data={"password": NEW, "again": NEW}).status_code


def take_part(installation: Installation, name: str, role: Role) -> None:
    """Let somebody have a part in the other course, which is Ivan's."""
    person, ivan = installation.user(name), installation.user("ivan")

    def work(session: Session) -> None:
        course_id = session.scalars(select(Member.course_id).where(Member.user_id == ivan.id)).one()
        session.add(Member(user_id=person.id, course_id=course_id, role=role))

    installation.db.write(work)


@pytest.mark.parametrize("by", ["tina", "iris", "root"])
@pytest.mark.both
def test_staff_of_the_course_give_a_student_a_link_that_works_once(
    installation: Installation, by: str
) -> None:
    answer = give(installation, by, "student0")

    match = LINK.search(answer.text)
    assert match is not None
    assert [set_by(installation, match[1]) for _ in range(2)] == [200, 404]
    entries = installation.db.read(
        lambda session: session.scalars(
            select(AuditEntry).where(AuditEntry.act == "password_link_given")
        ).all()
    )
    assert [(each.reason, each.details) for each in entries] == [(WHY["reason"], {"way": "handed_over"})]
    assert match[1].partition("=")[2] not in str([vars(each) for each in entries])


@pytest.mark.parametrize(
    ("by", "to", "status"),
    [
        ("student0", "student1", 403),
        ("tina", "iris", 403),
        ("iris", "tina", 403),
        ("iris", "root", 404),
        ("iris", "mallory", 404),
        ("ivan", "student0", 404),
        ("mallory", "student0", 404),
    ],
)
def test_nobody_else_and_for_nobody_with_more_rights(
    installation: Installation, by: str, to: str, status: int
) -> None:
    answer = give(installation, by, to)

    assert answer.status_code == status
    assert LINK.search(answer.text) is None


def test_a_student_who_is_staff_elsewhere_gets_a_link_from_an_admin_alone(installation: Installation) -> None:
    take_part(installation, "student0", Role.TA)

    assert give(installation, "iris", "student0").status_code == 403
    assert LINK.search(give(installation, "root", "student0", path="").text) is not None
    assert give(installation, "iris", "student0", path="").status_code == 403


def test_a_course_sees_no_link_of_a_person_whom_another_one_knows(
    installation: Installation, smtp: MailServer
) -> None:
    """Or whoever teaches one course could act as any student of the installation in all others."""
    take_part(installation, "student0", Role.STUDENT)

    answers = {
        "shown by the other": give(installation, "ivan", "student0", path="/courses/other"),
        "shown by ml": give(installation, "iris", "student0"),
        "mailed": give(installation, "iris", "student0", how="mail"),
        "by an admin": give(installation, "root", "student0", path=""),
    }

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "shown by the other": 403,
        "shown by ml": 403,
        "mailed": 200,
        "by an admin": 200,
    }
    assert [name for name, answer in answers.items() if LINK.search(answer.text)] == ["by an admin"]


def test_a_link_that_was_shown_ends_when_its_owner_becomes_staff(installation: Installation) -> None:
    match = LINK.search(give(installation, "tina", "student0").text)
    assert match is not None
    student = installation.user("student0").id
    of_student = update(Member).where(Member.user_id == student)
    installation.db.write(lambda session: session.execute(of_student.values(role=Role.TA)))

    opened = browser(installation).get(match[1])

    assert opened.status_code == 404
    assert set_by(installation, match[1]) == 404


def test_a_link_by_mail_is_seen_by_its_receiver_alone(installation: Installation, smtp: MailServer) -> None:
    answer = give(installation, "tina", "student0", how="mail")

    assert "on its way to student0@example.edu" in words(answer.text)
    assert LINK.search(answer.text) is None
    letter = letters(installation, smtp)[0]
    assert letter.to == "student0@example.edu"
    assert set_by(installation, letter.link) == 200


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [({"reason": " "}, 422, "Say why"), ({"how": "mail"}, 409, "sends no mails")],
    ids=["no reason", "no mail"],
)
def test_a_form_that_is_refused_gives_no_link(
    installation: Installation, fields: dict[str, str], status: int, says: str
) -> None:
    answer = give(installation, "tina", "student0", **fields)

    assert (answer.status_code, says in answer.text) == (status, True)


@pytest.fixture
def newcomers(installation: Installation) -> Installation:
    """student0 without any password, student1 with one that others made, student2 with their own."""

    def work(session: Session) -> None:
        session.execute(update(User).where(User.username == "student0").values(password_hash=None))
        session.execute(update(User).where(User.username == "student1").values(password_is_initial=True))

    installation.db.write(work)
    return installation


def invite(installation: Installation, by: str, how: str) -> Response:
    page = browser(installation, by)
    return page.post("/courses/ml/invitations", data={"form_token": form_token(page), "how": how})


@pytest.mark.both
def test_a_csv_has_a_link_for_each_newcomer_and_for_nobody_else(newcomers: Installation) -> None:
    answer = invite(newcomers, "iris", "csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["username"] for row in rows] == ["student0", "student1"]
    assert answer.headers["cache-control"] == "no-store"
    entry = newcomers.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "invitations_given")).one()
    )
    assert (entry.subject, entry.details) == ("course ml", {"way": "handed_over", "people": 2})
    assert {set_by(newcomers, LINK.fullmatch(row["link"])[1]) for row in rows} == {200}
    assert "has a password of their own" in words(
        browser(newcomers, "iris").get("/courses/ml/invitations").text
    )


def test_a_course_prints_no_link_of_a_newcomer_whom_another_course_knows(newcomers: Installation) -> None:
    take_part(newcomers, "student0", Role.STUDENT)

    answer = invite(newcomers, "iris", "csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["username"] for row in rows] == ["student1"]
    assert "has a part in another course" in words(
        browser(newcomers, "iris").get("/courses/ml/invitations").text
    )


def test_a_sheet_has_a_slip_for_each_newcomer_and_a_newer_one_ends_it(newcomers: Installation) -> None:
    first, second = (LINK.findall(invite(newcomers, "iris", "sheet").text) for _ in range(2))

    assert (len(first), len(second)) == (2, 2)
    assert [set_by(newcomers, link) for link in (*first, *second)] == [404, 404, 200, 200]


def test_invitations_by_mail_go_to_newcomers_with_an_address(
    newcomers: Installation, smtp: MailServer
) -> None:
    answer = invite(newcomers, "iris", "mail")

    sent = letters(newcomers, smtp)
    assert "2 mails are on their way" in words(answer.text)
    assert {letter.to for letter in sent} == {"student0@example.edu", "student1@example.edu"}
    assert {letter.subject for letter in sent} == {"Your account for ML"}
    assert [set_by(newcomers, letter.link) for letter in sent] == [200, 200]


@pytest.mark.parametrize(("by", "status"), [("tina", 403), ("student0", 403), ("ivan", 404)])
def test_instructors_alone_invite_the_whole_course(installation: Installation, by: str, status: int) -> None:
    assert invite(installation, by, "csv").status_code == status
    assert browser(installation, by).get("/courses/ml/invitations").status_code == status


def test_the_clock_of_the_page_is_the_courses(installation: Installation) -> None:
    page = browser(installation, "iris").get("/courses/ml/invitations").text

    assert "(UTC)" not in page
    assert "(Asia/Taipei)" in page
