"""In a browser: a student resets a password by mail; a TA finds a file in two clicks and replies."""

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import update

from server.database.database import Database
from server.models import User
from tests.journeys.test_course_without_a_shell import Clicks
from tests.journeys.town import town
from tests.support import chromium, tiny_homework
from tests.support.installation import PASSWORD
from tests.support.smtp_stub import MailServer, mail_server

pytestmark = [pytest.mark.browser, chromium.NEEDED, pytest.mark.both(later="postgresql")]

ORIGIN, TINY = "http://judge.example", "/competitions/tiny"
NEW = "a good deal longer than before"
WITHIN = 30.0


def sign_in(page: Page, address: str, name: str, password: str = PASSWORD) -> Clicks:
    """Somebody at the first page."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    person = Clicks(page)
    person.button("Sign in")
    page.wait_for_url(f"{address}/")
    return person


def link_in_mail(stub: MailServer) -> str:
    """The path of the link in the first mail, once it has come."""
    begun = time.monotonic()
    while not stub.taken:
        assert time.monotonic() - begun < WITHIN, "no mail has come"
        time.sleep(0.05)
    mail = message_from_bytes(stub.taken[0][1], policy=policy.default)
    match = re.search(rf"{ORIGIN}(/set-password\S+)", mail.get_content())
    assert match is not None
    return match[1]


def reset_password(page: Page, address: str, stub: MailServer) -> None:
    """From the page of signing in over the mail to a new password."""
    page.goto(f"{address}/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("User name or mail address").fill("student0")
    page.locator("main button").click()
    page.goto(f"{address}{link_in_mail(stub)}")
    for field in page.locator("main input[type=password]").all():
        field.fill(NEW)
    page.locator("main button").click()


def ask(page: Page, address: str) -> None:
    """A question of the student about their submission."""
    student = sign_in(page, address, "student0", NEW)
    page.goto(f"{address}/submissions/1")
    page.get_by_text("Ask about this submission").first.click()
    page.locator("textarea[name=body_md]").fill("Which row is wrong?")
    student.button("Ask")
    page.get_by_text("Which row is wrong?").first.wait_for()


def find_and_reply(page: Page, address: str) -> int:
    """A TA's reply beside the file; how many clicks it takes from the board to the file."""
    ta = sign_in(page, address, "tina")
    page.goto(f"{address}{TINY}/leaderboard")
    ta.count = 0
    ta.link("Student0")
    ta.click(page.locator('a[href="/submissions/1"]').first)
    page.wait_for_url(f"{address}/submissions/1")
    clicks = ta.count
    page.locator("textarea[name=body_md]").fill("Row 7.")
    ta.button("Reply")
    return clicks


def test_a_password_is_reset_by_mail_and_a_file_found_and_asked_about(
    database_url: str, tmp_path: Path
) -> None:
    with mail_server() as stub, chromium.launched() as browser:
        mails = {"SPLITBOARD_SMTP_URL": stub.url, "SPLITBOARD_MAIL_FROM": "ml@example.edu"}
        with town(database_url, tmp_path, SPLITBOARD_ORIGIN=ORIGIN, **mails) as campus:
            database = Database(campus.url)
            addressed = update(User).where(User.username == "student0").values(email="s@example.edu")
            database.write(lambda session: session.execute(addressed))
            database.close()
            address = campus.start_server()
            file = tiny_homework.predictions(400, accuracy=0.7, seed=1)
            with campus.client(address, "student0") as client:
                client.post(f"/api{TINY}/submissions", content=file).raise_for_status()
            page = browser.new_context().new_page()

            reset_password(page, address, stub)
            ask(page, address)
            clicks = find_and_reply(browser.new_context().new_page(), address)
            page.reload()
            page.get_by_text("Row 7.").first.wait_for()

    assert clicks == 2
