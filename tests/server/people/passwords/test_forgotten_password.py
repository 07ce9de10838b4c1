"""Asking for a link and using it, over HTTP with a mail server; on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import Engine, event, select, update

from server.domain.people.accounts import sign_in, tries
from server.domain.people.accounts.sign_in import Source
from server.domain.people.passwords import link_mails
from server.models import Mail, User
from tests.support.browser import browser, words
from tests.support.installation import PASSWORD, Installation
from tests.support.mailbox import letters, send_mail_to
from tests.support.smtp_stub import MailServer, mail_server

pytestmark = pytest.mark.both

NEW = "a good deal longer than before"


@pytest.fixture
def smtp(installation: Installation) -> Iterator[MailServer]:
    with mail_server() as stub:
        send_mail_to(installation, stub)
        yield stub


def ask(installation: Installation, name: str) -> Response:
    return browser(installation).post("/forgotten-password", data={"name": name})


def test_a_student_sets_a_new_password_by_a_link_that_came_by_mail(
    installation: Installation, smtp: MailServer
) -> None:
    earlier, page = browser(installation, "student0"), browser(installation)
    ask(installation, "Student0")
    letter = letters(installation, smtp)[0]

    opened = page.get(letter.link)
    fields = {"password": NEW, "again": NEW}
    answer = page.post("/set-password", data=fields)
    entered = page.post("/sign-in", data={"username": "student0", "password": NEW}, follow_redirects=False)

    assert (letter.to, letter.subject) == ("student0@example.edu", "Set a new password")
    assert (opened.url.path, opened.url.query) == ("/set-password", b"")
    assert 'value="student0"' in opened.text
    assert "Your password is set. Sign in with it." in words(answer.text)
    assert entered.status_code == 303
    assert earlier.get("/account", follow_redirects=False).status_code == 303
    assert letters(installation, smtp)[1].subject == "Your password was changed"
    again = page.get(letter.link)
    assert (again.status_code, "Ask for a new link" in again.text) == (404, True)
    wrong = page.post("/sign-in", data={"username": "student0", "password": PASSWORD})
    assert wrong.status_code == 401


def test_no_answer_and_no_work_tells_whether_there_is_an_account(
    installation: Installation, smtp: MailServer
) -> None:
    unknown = update(User).where(User.username == "iris").values(email="")
    installation.db.write(lambda session: session.execute(unknown))
    ask(installation, "student2")  # the count of this address is there from now on
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    answers = {}
    for name in ("student0", "STUDENT1@example.edu", "iris@example.edu", "nobody", "no name"):
        statements.clear()
        answer = ask(installation, name)
        answers[name] = (answer.status_code, dict(answer.headers), answer.content, tuple(statements))
    event.remove(Engine, "before_cursor_execute", note)

    assert len({str(each) for each in answers.values()}) == 1
    receivers = [letter.to for letter in letters(installation, smtp)]
    assert receivers == [f"student{number}@example.edu" for number in (2, 0, 1)]


def test_links_are_asked_for_a_bounded_number_of_times_for_known_and_unknown_names(
    installation: Installation, smtp: MailServer
) -> None:
    most = tries.OF_LINKS.at_once
    for name in ("student0", "nobody"):
        statuses = [ask(installation, name).status_code for _ in range(most + 1)]

        assert statuses == [200] * most + [429]

    installation.clock.advance(tries.OF_LINKS.every)
    assert ask(installation, "student0").status_code == 200
    assert len(letters(installation, smtp)) == 1  # the earlier ones had not gone out, and were replaced


def asked_for(installation: Installation, name: str) -> None:
    """Ask for a link without HTTP."""
    where = {"network": "192.0.2.1", "origin": "http://x", "language": "", "now": installation.clock()}
    installation.db.write(lambda session: link_mails.ask_for_reset(session, name=name, **where))


def test_one_address_asks_for_a_bounded_number_of_links(installation: Installation, smtp: MailServer) -> None:
    for number in range(tries.OF_LINKS_FROM.at_once):
        asked_for(installation, f"nobody{number}")

    with pytest.raises(link_mails.TooManyLinks):
        asked_for(installation, "student0")


def test_the_outbox_never_holds_a_links_secret(installation: Installation, smtp: MailServer) -> None:
    ask(installation, "student0")
    before = installation.db.read(lambda session: session.scalars(select(Mail.body)).one())
    link = letters(installation, smtp)[0].link

    after = installation.db.read(lambda session: session.scalars(select(Mail.body)).one())

    assert before == after
    assert "/set-password?link=…" in after
    assert link.partition("=")[2] not in after


def test_a_mail_that_could_not_go_out_in_time_brings_no_link_later(
    installation: Installation, smtp: MailServer
) -> None:
    ask(installation, "student0")
    installation.clock.advance(timedelta(hours=1))

    assert letters(installation, smtp) == []


def hammer(installation: Installation) -> None:
    """Guess so often from the browser's own address that no more guesses are taken from there."""
    guess = {"username": "student0", "source": Source("testclient"), "now": installation.clock()}
    for _ in range(tries.OF_ACCOUNT_THERE.at_once):
        installation.db.write(lambda session: sign_in.begin(session, **guess))


def test_a_name_that_others_hammer_opens_to_its_owner_by_a_link(
    installation: Installation, smtp: MailServer
) -> None:
    page = browser(installation)
    hammer(installation)
    ask(installation, "student0")

    page.get(letters(installation, smtp)[0].link)
    page.post("/set-password", data={"password": NEW, "again": NEW})
    hammer(installation)
    entered = page.post("/sign-in", data={"username": "student0", "password": NEW}, follow_redirects=False)

    assert entered.status_code == 303


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"password": NEW, "again": "other"}, "are not the same"), ({"password": "x", "again": "x"}, "has 1")],
    ids=["two differ", "too short"],
)
def test_a_password_that_is_refused_leaves_the_link_and_shows_the_form_again(
    installation: Installation, smtp: MailServer, fields: dict[str, str], says: str
) -> None:
    page = browser(installation)
    ask(installation, "student0")
    page.get(letters(installation, smtp)[0].link)

    answer = page.post("/set-password", data=fields)

    assert answer.status_code == 422
    assert says in answer.text
    assert 'action="/set-password"' in answer.text
    assert page.post("/set-password", data={"password": NEW, "again": NEW}).status_code == 200


def test_opening_a_link_sends_no_referrer_and_leaves_an_address_without_it(
    installation: Installation, smtp: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    ask(installation, "student0")
    link = letters(installation, smtp)[0].link
    secret = link.partition("=")[2]

    answer = browser(installation).get(link, follow_redirects=False)

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["location"] == "/set-password"
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert secret not in answer.text
    assert secret not in caplog.text


def test_where_no_mails_go_out_the_page_says_whom_to_ask(installation: Installation) -> None:
    page = browser(installation)

    shown = words(page.get("/forgotten-password").text)

    assert "Ask your course's staff" in shown
    assert page.post("/forgotten-password", data={"name": "student0"}).status_code == 403
