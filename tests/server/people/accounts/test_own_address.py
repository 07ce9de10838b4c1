"""People change the mail address of their own account; on both databases."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from server.domain.people.accounts import tries
from server.models import AddressChange, AuditEntry, Mail, Notice, User
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.mailbox import Letter, letters, send_mail_to
from tests.support.smtp_stub import MailServer, mail_server

pytestmark = pytest.mark.both

NEW = "new@example.edu"
LINK = re.compile(r"^http://127\.0\.0\.1:8080(/account/address\?link=([\w-]+))$", re.MULTILINE)


@pytest.fixture
def smtp(installation: Installation) -> Iterator[MailServer]:
    with mail_server() as stub:
        send_mail_to(installation, stub)
        yield stub


def post(page: TestClient, act: str = "", **fields: str) -> Response:
    """Send one of the forms about the address."""
    sent = {"form_token": form_token(page), **fields}
    return page.post(f"/account/address{act}", data=sent, follow_redirects=False)


def ask(page: TestClient, address: str = NEW, **fields: str) -> Response:
    """Type another address, and the password."""
    return post(page, **{"address": address, "password": PASSWORD} | fields)


def secret_in(letter: Letter) -> str:
    match = LINK.search(letter.text)
    assert match is not None, letter.text
    return match[2]


def address_of(installation: Installation, username: str = "student0") -> str:
    address: str = installation.db.read(
        lambda session: session.scalars(select(User.email).where(User.username == username)).one()
    )
    return address


def test_an_address_is_changed_by_a_link_that_went_there_and_the_old_one_is_told(
    installation: Installation, smtp: MailServer
) -> None:
    page = browser(installation, "student0")
    assert ask(page).headers["location"] == "/account#address"
    confirmation, announcement = letters(installation, smtp)
    waiting = words(page.get("/account").text)
    opened = page.get(f"/account/address?link={secret_in(confirmation)}")
    unchanged = address_of(installation)

    done = post(page, "/confirm", link=secret_in(confirmation))
    again = post(page, "/confirm", link=secret_in(confirmation))

    assert (confirmation.to, announcement.to) == (NEW, "student0@example.edu")
    assert NEW in announcement.text
    assert "/forgotten-password" in announcement.text
    assert f"A mail is on its way to {NEW}" in waiting
    assert NEW in opened.text
    assert unchanged == "student0@example.edu"
    assert (done.status_code, again.status_code) == (303, 409)
    assert address_of(installation) == NEW
    farewell = letters(installation, smtp)[2]
    assert (farewell.to, farewell.subject) == ("student0@example.edu", "Your mail address was changed")
    user_id = installation.user("student0").id
    entry, notice = installation.db.read(
        lambda session: (
            session.scalars(select(AuditEntry).where(AuditEntry.act == "address_changed")).one(),
            session.scalars(select(Notice).where(Notice.user_id == user_id)).one(),
        )
    )
    assert (entry.by, "@" in str(entry.details)) == (user_id, False)
    assert notice.facts == {"change": "address_changed"}


def test_the_answer_is_the_same_for_an_address_that_another_account_has(
    installation: Installation, smtp: MailServer
) -> None:
    free, taken = browser(installation, "student0"), browser(installation, "student1")

    answers = [ask(free), ask(taken, "Student2@example.edu")]
    shown = [words(page.get("/account").text) for page in (free, taken)]

    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert all("A mail is on its way to" in text for text in shown)
    to_other = next(each for each in letters(installation, smtp) if each.to == "Student2@example.edu")
    assert LINK.search(to_other.text) is None
    assert "Another account has it already" in to_other.text


def test_an_address_that_another_account_gets_meanwhile_is_not_given_twice(
    installation: Installation, smtp: MailServer
) -> None:
    page = browser(installation, "student0")
    ask(page)
    link = secret_in(letters(installation, smtp)[0])
    other = update(User).where(User.username == "student1").values(email=NEW)
    installation.db.write(lambda session: session.execute(other))

    answer = post(page, "/confirm", link=link)

    assert answer.status_code == 409
    assert address_of(installation) == "student0@example.edu"


def test_a_link_opens_in_its_owners_session_alone(installation: Installation, smtp: MailServer) -> None:
    ask(browser(installation, "student0"))
    link = secret_in(letters(installation, smtp)[0])
    other, nobody = browser(installation, "student1"), browser(installation)

    statuses = [
        other.get(f"/account/address?link={link}").status_code,
        post(other, "/confirm", link=link).status_code,
        nobody.get(f"/account/address?link={link}", follow_redirects=False).status_code,
    ]

    assert statuses == [409, 409, 303]
    assert address_of(installation, "student1") == "student1@example.edu"


@pytest.mark.parametrize("ending", ["hour", "another", "withdrawn", "password"])
def test_a_link_ends_with_its_hour_a_newer_one_a_withdrawal_and_a_new_password(
    installation: Installation, smtp: MailServer, ending: str
) -> None:
    page = browser(installation, "student0")
    ask(page)
    link = secret_in(letters(installation, smtp)[0])
    acts = {
        "hour": lambda: installation.clock.advance(timedelta(hours=1)),
        "another": lambda: ask(page, "third@example.edu"),
        "withdrawn": lambda: post(page, "/withdraw"),
        "password": lambda: page.post(
            "/account/password",
            data={
                "form_token": form_token(page),
                "old": PASSWORD,
                "password": "a good deal longer than before",
                "again": "a good deal longer than before",
            },
        ),
    }

    acts[ending]()

    assert post(page, "/confirm", link=link).status_code == 409
    assert address_of(installation) == "student0@example.edu"


def test_an_open_browser_is_not_enough_and_no_address_is_refused(
    installation: Installation, smtp: MailServer
) -> None:
    page = browser(installation, "student0")

    statuses = [
        ask(page, password="wrong").status_code,
        ask(page, "no address").status_code,
        ask(page, "STUDENT0@example.edu").status_code,
        ask(page, f"{'a' * 200}@example.edu").status_code,
    ]

    assert statuses == [422] * 4
    assert letters(installation, smtp) == []


def test_mails_to_addresses_are_bounded(installation: Installation, smtp: MailServer) -> None:
    page = browser(installation, "student0")

    statuses = [ask(page, f"other{number}@example.edu").status_code for number in range(4)]

    assert statuses == [303] * tries.OF_LINKS.at_once + [429]


def test_the_secret_lies_nowhere_in_the_clear(installation: Installation, smtp: MailServer) -> None:
    ask(browser(installation, "student0"))
    secret = secret_in(letters(installation, smtp)[0])

    bodies, row = installation.db.read(
        lambda session: (
            session.scalars(select(Mail.body)).all(),
            session.scalars(select(AddressChange)).one(),
        )
    )

    assert secret not in "".join(bodies)
    assert row.sha256 not in (None, secret)


def test_where_no_mails_go_out_the_page_says_who_changes_it(installation: Installation) -> None:
    page = browser(installation, "student0")

    shown = words(page.get("/account").text)

    assert "Your course's instructors change it by importing a roster" in shown
    assert 'action="/account/address"' not in page.get("/account").text
    assert ask(page).status_code == 409


def test_ones_own_data_tell_the_address_that_waits(installation: Installation, smtp: MailServer) -> None:
    ask(browser(installation, "student0"))

    data = installation.client("student0").get("/api/me/data").json()

    assert data["address_change"]["address"] == NEW
