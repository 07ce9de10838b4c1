"""Announcements on pages and over the API, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.commands.trial.demo import FOREIGN
from server.domain.notices import outbox
from server.models import AuditEntry, Competition, Mail, User
from server.services.demo import announcements as demo_announcements
from server.services.demo import course as demo_course
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/announcements"
DRAFT = {"title": "The deadline moves", "body_md": "To **Friday**.\n\n<script>alert(1)</script>"}


def with_mails(installation: Installation, folder: Path) -> None:
    """Let the installation make mails, and give its people addresses."""
    installation.app.state.settings.mail_dir = folder
    every = update(User).values(email=User.username + "@example.edu")
    installation.db.write(lambda session: session.execute(every))


def acts(installation: Installation) -> list[tuple[str, str]]:
    def look(session: Session) -> list[tuple[str, str]]:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.act.like("announcement%")).order_by(AuditEntry.id)
        )
        return [(each.act, each.reason) for each in entries]

    return installation.db.read(look)


def count_mails(installation: Installation) -> int:
    return installation.db.read(lambda session: session.scalar(select(func.count()).select_from(Mail))) or 0


def test_what_staff_post_stands_on_the_overview_and_in_the_list(installation: Installation) -> None:
    answer = installation.client("tina").post(PATH, json=DRAFT)
    student = browser(installation, "student0")

    overview, page = student.get(TINY).text, student.get(f"{TINY}/announcements").text
    listed = installation.client("student0").get(PATH).json()["announcements"]

    assert answer.status_code == 201
    assert "To <strong>Friday</strong>." in overview
    assert "<script>alert" not in overview + page
    assert "The deadline moves" in words(page)
    assert [(each["title"], each["posted_by"]) for each in listed] == [("The deadline moves", "Tina")]
    assert "mails" not in listed[0]


def test_a_withdrawn_announcement_leaves_its_time_and_no_text(installation: Installation) -> None:
    announcement = installation.client("tina").post(PATH, json=DRAFT).json()
    where = f"{PATH}/{announcement['id']}/withdrawal"

    first = installation.client("iris").post(where, json={"reason": "Wrong day"})
    again = installation.client("iris").post(where, json={"reason": "Wrong day"})
    student, staff = browser(installation, "student0"), browser(installation, "tina")

    assert (first.status_code, again.status_code) == (200, 409)
    shown = words(student.get(f"{TINY}/announcements").text)
    assert "was withdrawn on Wed 13 Mar 2030, 12:00 (Asia/Taipei)" in shown
    assert "Friday" not in shown + student.get(TINY).text + installation.client("student0").get(PATH).text
    assert "Friday" in staff.get(f"{TINY}/announcements").text
    assert acts(installation) == [("announcement_posted", ""), ("announcement_withdrawn", "Wrong day")]


def test_mails_are_made_with_the_announcement_and_dropped_when_it_is_withdrawn(
    installation: Installation, tmp_path: Path
) -> None:
    with_mails(installation, tmp_path)

    announcement = installation.client("tina").post(PATH, json=DRAFT).json()
    waiting = count_mails(installation)
    where = f"{PATH}/{announcement['id']}/withdrawal"
    installation.client("tina").post(where, json={"reason": "x"}).raise_for_status()

    assert announcement["mails"] == {"sent": 0, "waiting": 5, "refused": 0}
    assert (waiting, count_mails(installation)) == (5, 0)


def test_without_a_mail_server_no_mails_are_made_and_the_page_says_so(installation: Installation) -> None:
    announcement = installation.client("tina").post(PATH, json=DRAFT).json()

    page = browser(installation, "tina").get(f"{TINY}/announcements").text

    assert (announcement["mails"]["waiting"], count_mails(installation)) == (0, 0)
    assert "No mail is sent: this installation names no mail server." in page


def test_staff_post_and_withdraw_by_forms_and_see_how_the_mails_stand(
    installation: Installation, tmp_path: Path
) -> None:
    with_mails(installation, tmp_path)
    staff = browser(installation, "tina")
    fields = {"form_token": form_token(staff)}

    posted = staff.post(f"{TINY}/announcements", data=fields | DRAFT)
    of_one = update(Mail).where(Mail.address == "student0@example.edu")
    parked = of_one.values(tries=3, error="550 no such user", next_try_at=outbox.NEVER)
    installation.db.write(lambda session: session.execute(parked))
    refused = staff.get(f"{TINY}/announcements").text
    tried = staff.post(f"{TINY}/announcements/refused-mails", data=fields).text
    where = f"{TINY}/announcements/{installation.client('tina').get(PATH).json()['announcements'][0]['id']}"
    withdrawn = staff.post(f"{where}/withdrawal", data=fields | {"reason": "No"})

    assert "5 active members with an address" in words(posted.text)
    assert "Mails: 0 sent, 4 waiting, 1 refused." in words(refused)
    assert "student0@example.edu" in refused
    assert "550 no such user" in refused
    assert "Mails: 0 sent, 5 waiting, 0 refused." in words(tried)
    assert "Withdrawn on" in words(withdrawn.text)


@pytest.mark.parametrize(
    "draft",
    [
        {"title": " ", "body_md": "x"},
        {"title": "x" * 151, "body_md": "x"},
        {"title": "x\u200by", "body_md": "x"},
        {"title": "x", "body_md": " \n"},
        {"title": "x", "body_md": "x" * 20_001},
    ],
)
def test_an_announcement_has_a_title_and_a_text_of_some_length(
    installation: Installation, draft: dict[str, str]
) -> None:
    assert installation.client("tina").post(PATH, json=draft).status_code == 422


@pytest.mark.parametrize(
    ("username", "status"), [("student0", 403), ("mallory", 404), ("ivan", 404), (None, 401)]
)
def test_nobody_but_the_courses_staff_posts(
    installation: Installation, username: str | None, status: int
) -> None:
    client = installation.client(username)

    assert client.post(PATH, json=DRAFT).status_code == status
    assert client.post(f"{PATH}/1/withdrawal", json={"reason": "x"}).status_code == status


def test_whoever_wants_no_mails_gets_none(installation: Installation, tmp_path: Path) -> None:
    with_mails(installation, tmp_path)
    installation.client("tina").post(PATH, json=DRAFT).raise_for_status()
    student = browser(installation, "student0")

    page = student.post("/account/mail", data={"wanted": "false", "form_token": form_token(student)}).text
    over_api = installation.client("student1").put("/api/me/mail", json={"wanted": False}).json()

    assert "Send me notices" in page
    assert over_api["wants_mail"] is False
    assert count_mails(installation) == 3


def test_the_demonstration_announces_once_and_writes_to_nobody_outside(
    installation: Installation, tmp_path: Path
) -> None:
    with_mails(installation, tmp_path)
    settings, now = installation.app.state.settings, installation.clock()
    of_demo = update(Competition).values(homework="hw02_phoneme")
    installation.db.write(lambda session: session.execute(of_demo))

    for _ in range(2):
        installation.db.write(lambda session: demo_announcements.post(session, settings, now=now))

    listed = installation.client("student0").get(PATH).json()["announcements"]
    assert [each["title"] for each in listed] == ["Office hours before the deadline"]
    assert count_mails(installation) == 5
    assert {"SPLITBOARD_SMTP_URL", "SPLITBOARD_MAIL_FROM"} <= set(FOREIGN)
    assert demo_course.MAIL_DOMAIN.endswith(".example")
