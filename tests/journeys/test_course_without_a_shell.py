"""From an empty installation to a student's score, in a browser alone: nobody touches the server's shell."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from server.database.database import Database
from server.domain.files.owner_only import close_to_others
from tests.journeys.town import Town, running
from tests.support import chromium, tiny_homework
from tests.support.chromium import sign_in
from tests.support.drafts import write_box
from tests.support.installation import new_user

pytestmark = [pytest.mark.browser, chromium.NEEDED, pytest.mark.both(later="postgresql")]
STUDENTS = 30
HOMEWORKS = ("hw81_one", "hw82_two", "hw83_three")
OWN_PASSWORD = "a password of my own"


@dataclass
class Clicks:
    """A person at a page, whose clicks are counted."""

    page: Page
    count: int = 0

    def click(self, what: Locator) -> None:
        """Click on something, once it is there."""
        what.click()
        self.count += 1

    def button(self, name: str) -> None:
        """Click on the button of this name."""
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        """Click on the first link of this name."""
        self.click(self.page.get_by_role("link", name=name, exact=True).first)


def make_course(admin: Clicks, first_day: str) -> None:
    """A course, from the first page of an empty installation."""
    admin.link("Make a course")
    page = admin.page
    page.get_by_label("Its name in addresses").fill("ml")
    page.get_by_label("Title").fill("Machine Learning")
    page.get_by_label("Time zone").fill("Asia/Taipei")
    page.get_by_label("First day").fill(first_day)
    admin.button("Make the course")


def bring_people(admin: Clicks, folder: Path) -> str:
    """Thirty students, by a roster; the first password of the first of them."""
    roster = folder / "roster.csv"
    rows = [f"s{number:02},Student {number},B{number:05}" for number in range(STUDENTS)]
    roster.write_text("\n".join(["username,name,student number", *rows]) + "\n")
    admin.link("People")
    admin.link("Upload a roster")
    admin.page.locator("input[type=file]").set_input_files(roster)
    admin.button("Look at it")
    admin.button("Import it")
    own_cell = admin.page.get_by_role("cell", name="s00", exact=True)
    return own_cell.locator("xpath=following-sibling::td[1]").inner_text().strip()


def launch_homeworks(admin: Clicks) -> None:
    """Three homeworks, on the calendar, and launched."""
    admin.link("Homeworks")
    for box in admin.page.get_by_role("checkbox").all():
        admin.click(box)
    admin.button("Put them on the calendar")
    admin.button(f"Launch all {len(HOMEWORKS)} drafts")
    launched = admin.page.locator(".state-launched")
    expect(launched).to_have_count(len(HOMEWORKS), timeout=120_000)


def submit_as_student(page: Page, address: str, folder: Path, password: str) -> Clicks:
    """A student's way from the first sign-in to a score."""
    student = Clicks(page)
    predictions = folder / "predictions.csv"
    predictions.write_bytes(tiny_homework.predictions(400, accuracy=0.7, seed=1))
    page.goto(f"{address}/sign-in")
    page.get_by_label("User name").fill("s00")
    page.get_by_label("Password").fill(password)
    student.button("Sign in")
    for field in page.locator("main input[type=password]").all():
        field.fill(OWN_PASSWORD)
    student.button("Set the password")
    student.link("Tiny accuracy")
    student.link("Submit a file")
    page.locator("input[type=file]").set_input_files(predictions)
    student.button("Submit")
    page.get_by_text("Public score").first.wait_for()
    return student


def test_an_empty_installation_becomes_a_running_course_without_a_shell(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_homework.write(tmp_path, now=datetime.now(UTC))
    box = write_box(tmp_path, *HOMEWORKS)
    settings = {"SPLITBOARD_HOMEWORKS_DIR": str(box), "SPLITBOARD_SWEEP_SECONDS": "0.5"}
    installation = Town(database_url, tmp_path / "data", {}, 400, settings=settings)
    close_to_others(installation.data)
    database = Database(database_url)
    database.write(lambda session: new_user(session, "root", now=datetime.now(UTC), is_admin=True))
    database.close()
    first_day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()

    with running(installation), chromium.launched() as browser:
        address = installation.start_server()
        page = browser.new_context().new_page()
        page.set_default_timeout(30_000)
        admin = Clicks(page)
        sign_in(page, address, "root")
        make_course(admin, first_day)
        password = bring_people(admin, tmp_path)
        admin.page.goto(f"{address}/courses/ml/setup")
        launch_homeworks(admin)
        student_page = browser.new_context().new_page()
        student_page.set_default_timeout(30_000)
        student = submit_as_student(student_page, address, tmp_path, password)

    with capsys.disabled():
        sys.stdout.write(f"\nclicks: admin {admin.count + 1}, student {student.count}\n")
    assert admin.count < 20
