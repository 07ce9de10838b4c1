"""A student, a TA, an instructor and an admin, each through what they come for, in both languages.

On a desktop and on a phone, with and without script. Each step is photographed: the pictures lie in
`build/journeys`, a folder a journey, for whoever wants to see what the site looks like.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.town import PROJECT, town
from tests.support import accessibility, chromium, databases, tiny_homework
from tests.support.installation import PASSWORD

pytestmark = [pytest.mark.browser, chromium.NEEDED]
PICTURES = PROJECT / "build" / "journeys"
TINY = "/competitions/tiny"
WHY = {"en": "Because of the typhoon", "zh-TW": "因為颱風"}
SCORE = re.compile(r"\b0\.\d{4}\b")


@dataclass
class Journey:
    """One person's way through the site; every step leaves a picture."""

    page: Page
    address: str
    language: str
    width: int
    has_script: bool
    folder: Path
    student: str
    steps: int = 0

    def step(self, name: str) -> None:
        """Photograph the page that is open, which is in the language and no wider than it may be."""
        self.steps += 1
        assert self.page.locator("html").get_attribute("lang") == self.language, name
        assert self.page.locator("h1").first.inner_text().strip(), name
        if self.has_script:
            assert accessibility.overflow(self.page, width=self.width) == 0, name
        self.page.screenshot(path=self.folder / f"{self.steps:02}-{name}.png", full_page=True)

    def visit(self, path: str, name: str, status: int = 200) -> None:
        """Open an address of the site."""
        answer = self.page.goto(f"{self.address}{path}")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        self.step(name)

    def follow(self, path: str, name: str) -> None:
        """Click the first link to an address."""
        self.page.locator(f'a[href="{path}"]').first.click()
        self.page.wait_for_url(f"{self.address}{path}")
        self.step(name)

    def sign_in(self, user: str) -> None:
        """Sign in as a person would, whatever the language of the form."""
        self.visit("/sign-in", "sign-in")
        self.page.locator("input[name=username]").fill(user)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.page.locator("main button").click()
        self.page.wait_for_url(f"{self.address}/")
        self.step("my-courses")

    def send(self, form: str, **fields: str) -> None:
        """Fill a form's fields in and send it by its main button."""
        for name, value in fields.items():
            self.page.locator(f"{form} [name={name}]").fill(value)
        self.page.locator(f"{form} button.main").first.click()
        self.page.wait_for_load_state()

    def text(self) -> str:
        """What a reader reads on the page."""
        return self.page.locator("main").inner_text()


def be_a_student(journey: Journey, number: int) -> None:
    """Read the task, send a file, read the score, choose it, and look at the board."""
    file = journey.folder / "predictions.csv"
    file.write_bytes(tiny_homework.predictions(400, accuracy=0.7, seed=number))
    journey.sign_in(journey.student)
    journey.follow(TINY, "overview")
    for tab in ("data", "tiers", "rules", "submit"):
        journey.follow(f"{TINY}/{tab}", tab)
    journey.page.locator("input[type=file]").set_input_files(file)
    journey.page.locator("#upload button.main").click()
    journey.page.get_by_text(f"{tiny_homework.score_of(file.read_bytes(), 'Public'):.4f}").first.wait_for()
    journey.step("receipt")
    journey.visit(f"{TINY}/submissions", "my-submissions")
    journey.page.locator("button.choose").first.click()
    journey.page.locator("button.choose[aria-pressed=true]").wait_for()
    journey.step("chosen")
    journey.follow(f"{TINY}/leaderboard", "leaderboard")
    assert journey.page.locator("tr.mine").count() >= 1
    journey.visit(f"{TINY}/leaderboard/private", "sealed", 403)
    assert SCORE.search(journey.text()) is None
    journey.visit("/account", "account")


def be_a_ta(journey: Journey, number: int) -> None:
    """See how the competition stands, extend a deadline, announce something, look at runs and grades."""
    journey.sign_in("tina")
    journey.follow(TINY, "overview")
    for tab in ("staff", "baselines", "teams", "grades"):
        journey.follow(f"{TINY}/{tab}", tab)
    journey.follow(f"{TINY}/allowances", "extensions")
    why = f"{WHY[journey.language]} {number}"
    journey.send("form[action$=grant]", to=journey.student, slots="2", reason=why)
    assert why in journey.page.locator("body").text_content()
    journey.step("granted")
    journey.follow(f"{TINY}/announcements", "announcements")
    journey.send("#post", title=why, body_md="$a^2 + b^2 = c^2$")
    assert journey.page.locator("article.announcement h2").first.inner_text() == why
    journey.step("announced")


def be_an_instructor(journey: Journey, number: int) -> None:
    """Change a rule with its reason, find it in the trail, look after the course."""
    why = f"{WHY[journey.language]} {number}"
    journey.sign_in("iris")
    journey.visit(f"{TINY}/rules/change", "rules")
    journey.send("form.rules", daily_limit=str(20 + number), reason=why)
    journey.step("changed")
    journey.follow(f"{TINY}/audit", "audit")
    assert why in journey.text()
    for path, name in ((f"{TINY}/next-term", "next-term"), (f"{TINY}/integrity", "look-alikes")):
        journey.follow(path, name)
    journey.visit("/courses/ml", "course")
    journey.visit(f"{TINY}/leaderboard/private", "private-board")


def be_an_admin(journey: Journey, number: int) -> None:
    """Find a person, and what was done on the whole installation."""
    journey.sign_in("root")
    journey.visit("/people", "people")
    journey.send("form[action='/people']", name=journey.student)
    journey.page.locator("main a[href^='/people/']").first.click()
    journey.page.wait_for_url(re.compile(r"/people/\d+$"))
    assert journey.student in journey.text()
    journey.step("person")
    journey.visit("/audit", "audit")
    journey.visit("/account", "account")


ROLES: dict[str, Callable[[Journey, int], None]] = {
    "student": be_a_student,
    "ta": be_a_ta,
    "instructor": be_an_instructor,
    "admin": be_an_admin,
}
WAYS = [
    (role, language, width, script)
    for role in ROLES
    for language in ("en", "zh-TW")
    for width in (1280, 390)
    for script in (True, False)
]
STUDENTS = len(WAYS) // len(ROLES)
FEW = {("student", "zh-TW", 390, True), ("ta", "en", 1280, False)}  # the others are long


def name_of(way: tuple[str, str, int, bool]) -> str:
    """A way as the name of its folder."""
    role, language, width, script = way
    return f"{role}-{language}-{width}-{'script' if script else 'no-script'}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of a town in which each student's way has one of its own."""
    folder = tmp_path_factory.mktemp("roles")
    with town(databases.fresh("sqlite", folder), folder, students=STUDENTS) as place:
        yield place.start_server()


def walk(browser: Browser, address: str, way: tuple[str, str, int, bool]) -> Journey:
    """Go one way from its first step to its last."""
    role, language, width, script = way
    folder = PICTURES / name_of(way)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    context = browser.new_context(
        java_script_enabled=script,
        locale=language,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    number = WAYS.index(way)
    journey = Journey(page, address, language, width, script, folder, f"student{number % STUDENTS}")
    ROLES[role](journey, number)
    context.close()
    return journey


@pytest.mark.parametrize("way", [each for each in WAYS if each in FEW], ids=name_of)
def test_each_role_gets_what_it_comes_for(
    browser: Browser, address: str, way: tuple[str, str, int, bool]
) -> None:
    journey = walk(browser, address, way)

    assert len(list(journey.folder.glob("*.png"))) == journey.steps >= 6


@pytest.mark.long
@pytest.mark.parametrize("way", [each for each in WAYS if each not in FEW], ids=name_of)
def test_each_role_gets_there_in_every_language_width_and_without_script(
    browser: Browser, address: str, way: tuple[str, str, int, bool]
) -> None:
    journey = walk(browser, address, way)

    assert len(list(journey.folder.glob("*.png"))) == journey.steps >= 6
