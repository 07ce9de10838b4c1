"""Rosters of platforms: read page by page, compared as a file is, applied on a click; on both databases."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from server.domain.lti import contexts
from server.domain.lti.people import PlatformPerson, matched, person_of
from server.domain.people.sign_on.claims import RosterFact
from server.models import Course, LtiContext, LtiPlatform, Member, User
from server.services.lti import people
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation
from tests.support.lti import LtiWay, lti_way
from tests.support.lti_platform import MEMBERSHIP

pytestmark = pytest.mark.both(later="postgresql")


@pytest.fixture
def way(installation: Installation) -> Iterator[LtiWay]:
    """The installation with its platform."""
    with lti_way(installation) as ready:
        yield ready


def member(number: int | str, **other: Any) -> dict[str, Any]:
    """Somebody in the platform's list."""
    return {
        "user_id": f"subject-{number}",
        "roles": [f"{MEMBERSHIP}Learner"],
        "status": "Active",
        "name": f"學生 {number}",
        "email": f"s{number}@example.edu",
        "lis_person_sourcedid": f"B{number}",
        **other,
    }


def compare(client: TestClient, context_id: int) -> tuple[int, str]:
    """Press the button; the answer's status and page."""
    fields = {"form_token": form_token(client)}
    answer = client.post(f"/courses/ml/lti/{context_id}/roster", data=fields)
    return answer.status_code, answer.text


def import_it(client: TestClient, page: str) -> str:
    """Press the button of the page that shows what a roster would change."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    fields = {name: html.unescape(value) for name, value in inputs if name != "next"}
    return client.post("/courses/ml/people/roster", data=fields | {"act": "import"}, files={"x": b""}).text


def count(way: LtiWay) -> int:
    query = select(func.count()).select_from(Member)
    return way.installation.db.read(lambda session: session.scalar(query)) or 0


def test_1280_people_come_in_pages_of_50_and_into_the_course_on_a_click(way: LtiWay) -> None:
    client, context_id = way.link()
    way.give_number("student1", "b00001")
    way.give_number("student2", "B90001")
    way.stub.members = [member(f"{number:05}") for number in range(1, 1280)]
    way.stub.members += [member("x", lis_person_sourcedid="b90001"), member("ann")]
    way.stub.members[-1] |= {"user_id": "subject-1", "lis_person_sourcedid": "B10901001"}
    before = count(way)

    status, page = compare(client, context_id)
    unchanged = count(way)
    shown = words(page)

    assert (status, way.stub.requests.count("/members"), len(way.stub.tokens)) == (200, 26, 1)
    assert unchanged == before
    assert "Added 1,278" in shown
    assert "Changed 3" in shown
    assert "No longer in it 0" in shown
    done = words(import_it(client, page))
    assert ("The roster is imported" in done, count(way) - before) == (True, 1278)
    assert way.installation.user("student2").display_name == "學生 x"
    again = words(compare(client, context_id)[1])
    assert ("Added 0" in again, "As before 1,281" in again) == (True, True)


@pytest.mark.both
def test_staff_of_the_platform_and_who_has_left_are_in_no_roster(way: LtiWay) -> None:
    client, context_id = way.link()
    teacher = [f"{MEMBERSHIP}Instructor", f"{MEMBERSHIP}Learner"]
    way.stub.members = [member("1"), member("2", roles=teacher), member("3", status="Inactive")]

    assert "Added 1" in words(compare(client, context_id)[1])
    assert person_of(member("4", roles=["Learner"])) == person_of(member("4"))
    assert [person_of(each) for each in ({}, None, {"user_id": 7})] == [None, None, None]


@pytest.mark.parametrize("roles", [None, 5, "Learner", {}, [{}], [["Learner"]]])
def test_what_is_no_list_of_roles_is_none(way: LtiWay, roles: Any) -> None:
    client, context_id = way.link()
    way.stub.members = [member("1", roles=roles)]

    status, page = compare(client, context_id)

    assert (status, "Added 1" in words(page)) in ((200, False), (422, False)), words(page)


MAILS = {"email": "ONE@example.edu"}, {"email": "one@example.edu"}


@pytest.mark.parametrize(
    ("matches", "people", "names"),
    [
        (RosterFact.EMAIL, MAILS, {}),
        (RosterFact.EMAIL, MAILS[:1], {"a": "student1"}),
        (RosterFact.STUDENT_NUMBER, MAILS[:1], {}),
        (RosterFact.USERNAME, ({"username": "Student1"},), {"a": "student1"}),
        (RosterFact.STUDENT_NUMBER, ({"student_number": "b1"}, {"student_number": "B1"}), {}),
        (RosterFact.STUDENT_NUMBER, ({"student_number": "b1"},), {"a": "student1"}),
    ],
)
def test_a_person_is_matched_by_the_chosen_fact_alone_and_never_by_a_shared_one(
    way: LtiWay, matches: RosterFact, people: tuple[dict[str, Any], ...], names: dict[str, str]
) -> None:
    way.link()
    way.give_number("student1", "B1")
    mail = update(User).where(User.username == "student1").values(email="one@example.edu")
    way.installation.db.write(lambda session: session.execute(mail))
    way.installation.db.write(
        lambda session: session.execute(update(LtiPlatform).values(matches=matches.value))
    )
    listed = [PlatformPerson(subject, **facts) for subject, facts in zip("ab", people, strict=False)]

    def look(session: Any) -> dict[str, str]:
        course = session.scalars(select(Course).where(Course.slug == "ml")).one()
        (linked,) = contexts.linked_contexts(session, course=course)
        return {subject: user.username for subject, user in matched(session, listed, linked=linked).items()}

    assert way.installation.db.read(look) == names


@pytest.mark.both
def test_an_instructor_alone_compares_and_of_their_own_course(way: LtiWay) -> None:
    _, context_id = way.link()
    statuses = []
    for name, course in (("tina", "ml"), ("student0", "ml"), ("ivan", "other"), ("ivan", "ml")):
        page = browser(way.installation, name)
        fields = {"form_token": form_token(page)}
        statuses.append(page.post(f"/courses/{course}/lti/{context_id}/roster", data=fields).status_code)

    assert statuses == [403, 403, 404, 404]
    assert "/members" not in way.stub.requests


TROUBLE: dict[str, tuple[Any, str]] = {
    "down": ((503, {}), "answered 503"),
    "refused": ((403, {}), "answered 403"),
    "no list": ((200, {"members": "none"}), "its list of people is none"),
    "elsewhere": ((200, {"members": []}, '<http://127.0.0.1:9/m>; rel="next"'), "goes on at another site"),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_a_platform_in_trouble_is_told_of_and_nothing_is_changed(
    way: LtiWay, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "PAUSES", (0.0,))
    client, context_id = way.link()
    way.stub.answers["/members"], sentence = TROUBLE[case]

    status, page = compare(client, context_id)

    assert (status, sentence in page) == (409, True), words(page)
    assert "Moodle does not answer as it should" in page


def test_a_platform_that_gives_no_token_and_one_without_a_list_are_told_of(way: LtiWay) -> None:
    client, context_id = way.link()
    way.stub.answers["/token"] = (400, {"error": "invalid_scope"})

    assert "invalid_scope" in compare(client, context_id)[1]
    way.installation.db.write(lambda session: session.execute(update(LtiContext).values(members_url="")))
    assert "offers no list of the people" in compare(client, context_id)[1]


def test_a_token_that_was_revoked_is_asked_for_anew(way: LtiWay) -> None:
    client, context_id = way.link()
    way.stub.members = [member("1")]
    compare(client, context_id)
    way.stub.tokens.clear()

    assert compare(client, context_id)[0] == 200
    assert (len(way.stub.assertions), way.stub.requests.count("/members")) == (2, 3)


def test_an_address_on_this_machine_is_not_a_platforms_elsewhere(way: LtiWay) -> None:
    client, context_id = way.link()

    def move(session: Any) -> None:
        session.execute(update(LtiPlatform).values(token_url="https://x.example"))

    way.installation.db.write(move)

    status, page = compare(client, context_id)

    assert (status, "an address on this machine" in page) == (409, True)
