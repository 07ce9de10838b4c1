"""A course brings in the accounts of people whom its staff know, and is told nothing of others."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.courses import Enrolment
from server.models import Course, Member, Role, User
from tests.server.people.roster.test_upload import Uploader
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both
PEOPLE = "/courses/ml/people"
NAME, ADDRESS = "Ann Lee", "ann@physics.example.edu"


@pytest.fixture
def hall(installation: Installation) -> Installation:
    """An installation where mallory is Ann Lee, whom the course does not know."""
    ann = update(User).where(User.username == "mallory").values(display_name=NAME, email=ADDRESS)
    installation.db.write(lambda session: session.execute(ann))
    return installation


def add(client: TestClient, **fields: str) -> tuple[int, str]:
    """The status of adding mallory with what is typed of them, and the page."""
    data = {"form_token": form_token(client), "username": "mallory", "role": "student"}
    answer = client.post(PEOPLE, data=data | fields)
    return answer.status_code, answer.text


def is_in(installation: Installation, name: str = "mallory") -> bool:
    member = (
        select(Member.id)
        .join(User, User.id == Member.user_id)
        .join(Course, Course.id == Member.course_id)
        .where(User.username == name, Course.slug == "ml")
    )
    return installation.db.read(lambda session: session.scalar(member)) is not None


@pytest.mark.parametrize(
    "typed",
    [{}, {"name": "Somebody"}, {"email": "somebody@example.edu"}, {"name": NAME, "email": "other@x.edu"}],
)
def test_a_user_name_alone_tells_nothing_of_an_account(hall: Installation, typed: dict[str, str]) -> None:
    status, page = add(browser(hall, "iris"), **typed)

    assert status == 409
    assert "is neither its address nor its name" in words(page)
    assert ADDRESS not in page
    assert NAME not in page.replace(f'value="{NAME}"', "")
    assert not is_in(hall)


@pytest.mark.parametrize(
    "typed", [{"name": "lee, ANN"}, {"email": ADDRESS.upper()}, {"name": "X", "email": ADDRESS}]
)
def test_whoever_knows_the_name_or_the_address_adds_the_person(
    hall: Installation, typed: dict[str, str]
) -> None:
    assert add(browser(hall, "iris"), **typed)[0] == 200
    assert is_in(hall)


def test_for_the_staff_the_address_has_to_be_known(hall: Installation) -> None:
    iris = browser(hall, "iris")

    by_name, by_address = add(iris, name=NAME, role="ta"), add(iris, email=ADDRESS, role="ta")

    assert (by_name[0], by_address[0]) == (409, 200)
    assert "whose address is another than the one you typed" in words(by_name[1])


def test_an_admin_needs_type_nothing(hall: Installation) -> None:
    assert add(browser(hall, "root"))[0] == 200
    assert is_in(hall)


def test_whoever_teaches_the_person_elsewhere_needs_type_nothing(hall: Installation) -> None:
    def teach(session: Session) -> None:
        other = session.scalars(select(Course).where(Course.slug == "other")).one()
        user = session.scalars(select(User).where(User.username == "iris")).one()
        instructor, now = Enrolment(Role.INSTRUCTOR), hall.clock()
        courses.add_member(session, course=other, user=user, enrolment=instructor, by=COMMAND_LINE, now=now)

    hall.db.write(teach)

    assert add(browser(hall, "iris"))[0] == 200


def test_a_roster_brings_in_whom_it_names_as_they_are_called_here(hall: Installation) -> None:
    upload = Uploader(hall)

    upload.choose(b"username,name\nmallory,Somebody Else\n")
    refused = words(upload.page)
    upload.choose(b"username,name\nmallory,Ann Lee\n")
    matched = words(upload.page)

    assert "is neither its address nor its name" in refused
    assert ADDRESS not in refused
    assert NAME not in refused
    assert "is neither its address nor its name" not in matched
