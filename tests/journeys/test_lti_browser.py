"""A launch in a real browser: the platform is another site, and our cookies are SameSite=Lax.

A server and a browser are started, since only a browser keeps cookies back from other sites' forms.
"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import update

from server.clock import utc_now
from server.database.database import Database
from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import platforms
from server.domain.lti.platforms import NewPlatform
from server.domain.people.sign_on.claims import RosterFact
from server.models import User
from tests.journeys.town import Town, free_port, town
from tests.support import chromium, databases
from tests.support.lti_platform import CLIENT, DEPLOYMENT, LtiStub, form_page, lti_platform

pytestmark = [pytest.mark.browser, chromium.NEEDED]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with chromium.launched() as started:
        yield started


@pytest.fixture(scope="module")
def stub() -> Iterator[LtiStub]:
    """A platform at 127.0.0.1."""
    with lti_platform(int(time.time())) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, stub: LtiStub) -> Iterator[str]:
    """A server that people reach at localhost, which to a browser is another site than the platform's."""
    folder, port = tmp_path_factory.mktemp("lti"), free_port()
    origin = f"http://localhost:{port}"
    with town(databases.fresh("sqlite", folder), folder, students=3, SPLITBOARD_ORIGIN=origin) as place:
        settle(place, stub)
        place.start_server(port=port)
        yield origin


def settle(place: Town, stub: LtiStub) -> None:
    """Register the platform, which tells the students' addresses."""
    new = NewPlatform("Moodle", CLIENT, (DEPLOYMENT,), stub.addresses, RosterFact.EMAIL)
    mail = update(User).values(email=User.username + "@example.edu")
    db = Database(place.url)
    db.write(lambda session: session.execute(mail))
    db.write(lambda session: platforms.register(session, new, by=COMMAND_LINE, now=utc_now()).id)
    db.close()


def page_of(context: BrowserContext, stub: LtiStub, name: str, course_page: str) -> Page:
    """A page on the platform's course, where this student is signed in."""
    stub.claims, stub.course_page = {"sub": name, "email": f"{name}@example.edu"}, course_page
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{stub.address}/course")
    return page


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        pytest.param("student0", ["Splitboard", "Yes, this is me"], id="with scripts"),
        pytest.param("student1", ["Splitboard", "Back", "Continue", "Yes, this is me"], id="without scripts"),
    ],
)
def test_a_student_comes_from_the_platform_and_is_signed_in(
    browser: Browser, address: str, stub: LtiStub, name: str, buttons: list[str]
) -> None:
    context = browser.new_context(java_script_enabled="Continue" not in buttons)
    page = page_of(context, stub, name, form_page(f"{address}/lti/login", stub.login(), button="Splitboard"))

    for button in buttons:
        page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{address}/")

    assert page.get_by_role("link", name=name.title()).is_visible()
    context.close()


def test_in_a_frame_of_the_platform_a_link_opens_a_window_in_which_one_is_signed_in(
    browser: Browser, address: str, stub: LtiStub
) -> None:
    framed = form_page(f"{address}/lti/login", stub.login(), button="Splitboard", target="tool")
    frame = '<iframe name="tool" width="800" height="600"></iframe>'
    context = browser.new_context()
    page = page_of(context, stub, "student2", framed + frame)
    page.get_by_role("button", name="Splitboard").click()

    with context.expect_page() as opened:
        page.frame_locator("iframe").get_by_role("link", name="Open Splitboard").click()
    opened.value.get_by_role("button", name="Yes, this is me").click()
    opened.value.wait_for_url(f"{address}/")

    assert opened.value.get_by_role("link", name="Student2").is_visible()
    context.close()
