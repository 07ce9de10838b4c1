"""Whose account a launch opens, and what it does not prove; on both databases."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.lti import platforms
from server.domain.people import courses
from server.models import LinkedIdentity, LtiContext, Role, User
from tests.support.browser import browser, form_token, words
from tests.support.installation import PASSWORD, Installation
from tests.support.lti import LtiWay, lti_way
from tests.support.lti_platform import CLAIM, LtiStub, lti_platform

pytestmark = pytest.mark.both


@pytest.fixture
def way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with its platform."""
    with lti_way(installation) as ready:
        yield ready


def change(way: LtiWay, name: str, **values: Any) -> None:
    """Let somebody's account have these values."""
    row = update(User).where(User.username == name).values(**values)
    way.installation.db.write(lambda session: session.execute(row))


def enrol(way: LtiWay, name: str, course: str, number: str | None) -> None:
    """Let a course have somebody on its roster, as its own staff could."""

    def work(session: Session) -> None:
        courses.add_member(
            session,
            course=courses.course_named(session, course),
            user=way.installation.user(name),
            enrolment=courses.Enrolment(Role.STUDENT, student_number=number),
            by=COMMAND_LINE,
            now=way.installation.clock(),
        )

    way.installation.db.write(work)


def name_of(way: LtiWay) -> str:
    """Who is signed in in the browser; empty for nobody."""
    answer = way.browser.get("/api/me")
    return answer.json()["username"] if answer.is_success else ""


def numbered(number: str) -> dict[str, Any]:
    """Claims of somebody with this number."""
    return {"sub": "puppet", f"{CLAIM}lis": {"person_sourcedid": number}}


def test_a_number_from_one_course_opens_no_account_of_another_without_its_password(way: LtiWay) -> None:
    enrol(way, "student1", "other", "PUPPET1")

    way.launch(**numbered("PUPPET1"))
    page, without = way.browser.get("/sign-in/confirm").text, way.confirm()
    nobody = name_of(way)
    way.confirm(password=PASSWORD)

    assert 'name="password"' in page
    assert (without.status_code, nobody, name_of(way)) == (422, "", "student1")


def test_a_number_on_which_courses_do_not_agree_opens_no_account_without_a_password(way: LtiWay) -> None:
    enrol(way, "student1", "other", "PUPPET1")
    change(way, "student1", password_hash=None)

    answer = way.launch(**numbered("PUPPET1"))

    assert (answer.status_code, "Not all of your courses" in answer.text) == (401, True)


def test_a_number_that_all_courses_agree_on_goes_before_one_that_some_lack(way: LtiWay) -> None:
    enrol(way, "student1", "other", "B10901001")

    way.launch()

    assert "student0" in words(way.browser.get("/sign-in/confirm").text)
    assert way.confirm().status_code == 303


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "///evil.example", "//evil.example", "/\\evil.example", "/a\u200b"]
)
def test_a_launch_leads_to_no_other_site(way: LtiWay, path: str) -> None:
    target: dict[str, Any] = {f"{CLAIM}target_link_uri": f"http://testserver{path}"}
    way.launch(**target)

    assert way.confirm().headers["location"] == "/"


@pytest.fixture
def second() -> Iterator[LtiStub]:
    """Another platform, which signs by a key of its own."""
    with lti_platform() as stub:
        stub.published, stub.signs_with = [stub.another_key], stub.another_key
        yield stub


def test_another_registration_of_the_same_issuer_opens_none_of_its_accounts(
    way: LtiWay, second: LtiStub
) -> None:
    way.launch()
    way.confirm()
    second.now, second.client, second.issuer = way.stub.now, "client-2", way.stub.issuer
    way.register(second, label="Other school")
    way.browser, way.stub = browser(way.installation), second

    answer = way.launch(**{f"{CLAIM}lis": None})

    assert (answer.status_code, name_of(way)) == (401, "")


def test_another_registration_of_the_same_issuer_links_none_of_its_courses(
    way: LtiWay, second: LtiStub
) -> None:
    client = way.arrive_as_iris()
    (context_id,) = way.installation.db.read(lambda session: session.scalars(select(LtiContext.id)).all())
    second.now, second.client, second.issuer = way.stub.now, "client-2", way.stub.issuer
    number = way.register(second, label="Other school")
    moved = update(LtiContext).where(LtiContext.id == context_id).values(platform_id=number)
    before = client.get(f"/lti/contexts/{context_id}").status_code
    way.installation.db.write(lambda session: session.execute(moved))

    assert (before, client.get(f"/lti/contexts/{context_id}").status_code) == (200, 404)


def test_a_platform_that_was_removed_leaves_its_identities_to_none(way: LtiWay) -> None:
    way.launch()
    way.confirm()

    def remove(session: Session) -> None:
        (platform,) = platforms.all_platforms(session)
        platforms.remove(session, platform=platform, by=COMMAND_LINE, now=way.installation.clock())

    way.installation.db.write(remove)
    way.register()

    assert way.launch().headers["location"] == "/sign-in/confirm"
    assert way.installation.db.read(lambda session: session.scalars(select(LinkedIdentity)).all()) == []


def test_who_has_got_more_rights_since_a_link_of_one_click_confirms_it_by_password_once(way: LtiWay) -> None:
    way.launch()
    way.confirm()
    change(way, "student0", is_admin=True)
    way.browser = browser(way.installation)

    asked_for = way.launch()
    wrong, nobody = way.confirm(password="a wild guess"), name_of(way)
    right, name = way.confirm(password=PASSWORD), name_of(way)
    way.browser = browser(way.installation)
    later = way.launch()

    assert asked_for.headers["location"] == "/sign-in/confirm"
    assert (wrong.status_code, nobody, right.status_code, name) == (422, "", 303, "student0")
    assert (later.headers["location"], name_of(way)) == ("/", "student0")
    change(way, "student0", password_hash=None)
    way.installation.db.write(
        lambda session: session.execute(update(LinkedIdentity).values(by_password=False))
    )
    assert "An admin of the installation" in way.launch(by=browser(way.installation)).text


def make_token(way: LtiWay, **fields: str) -> tuple[int, bool]:
    """The form for a token: its status, and whether there is one."""
    data = {"form_token": form_token(way.browser), "name": "laptop", "scopes": "read", **fields}
    answer = way.browser.post("/account/tokens", data=data)
    return answer.status_code, re.search(r"sbp_[\w-]{43}", answer.text) is not None


def test_a_launch_makes_no_token_and_the_password_does(way: LtiWay) -> None:
    way.launch()
    way.confirm()
    way.launch()

    assert make_token(way) == (422, False)
    assert make_token(way, password=PASSWORD) == (200, True)
    change(way, "student0", password_hash=None)
    assert make_token(way) == (409, False)


def test_the_page_account_names_the_platform(way: LtiWay) -> None:
    way.launch()
    way.confirm()

    assert "Ann Moodle" in words(way.browser.get("/account").text)
    assert way.installation.client("student0").get("/account").status_code == 200
