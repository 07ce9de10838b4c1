"""The people of a course on its page: found in few statements, added, changed, ended and brought back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import COMMAND_LINE
from server.domain.people import courses
from server.domain.people.members import directory
from server.domain.people.members.directory import Activity, PeopleFilter, PeopleSort, Presence
from server.models import AuditEntry, Course, Member, Role, User
from tests.server.people.members.test_results import statements
from tests.support.browser import browser, form_token, words
from tests.support.installation import Installation, new_user

PEOPLE = "/courses/ml/people"
WHY = "Has left the university."


def crowd(installation: Installation, count: int) -> None:
    """So many more students, in three sections and two departments."""

    def work(session: Session) -> None:
        course = courses.course_named(session, "ml")
        for number in range(count):
            user = new_user(session, f"s{number:04}", now=installation.clock())
            part = courses.Enrolment(
                Role.STUDENT, f"B{number:04}", ("CS", "EE")[number % 2], f"Section {number % 3}"
            )
            courses.add_member(
                session, course=course, user=user, enrolment=part, by=COMMAND_LINE, now=installation.clock()
            )

    installation.db.write(work)


def names(installation: Installation, **filters: object) -> list[str]:
    """The user names on the first page of those that pass the filters."""

    def read(session: Session) -> list[str]:
        page = directory.people_page(
            session,
            course=courses.course_named(session, "ml"),
            filters=PeopleFilter(**filters),  # type: ignore[arg-type]
            page=1,
            page_rows=100,
        )
        return [each.person.user.username for each in page.people]

    return installation.db.read(read)


def act(installation: Installation, by: str, path: str, **fields: str) -> tuple[int, str]:
    """Post a form of the page; the status and the words of the page it leads to."""
    client = browser(installation, by)
    answer = client.post(f"{PEOPLE}{path}", data={"form_token": form_token(client), **fields})
    return answer.status_code, words(answer.text)


@pytest.mark.both
def test_people_are_found_by_what_staff_ask(installation: Installation) -> None:
    crowd(installation, 6)
    installation.submit_accuracy("s0003", 0.6, 1)
    browser(installation, "s0002")

    everybody = {"iris", "tina", "student0", "student1", "student2", *(f"s{n:04}" for n in range(6))}
    assert set(names(installation)) == everybody
    assert names(installation, words="b0004") == ["s0004"]
    assert names(installation, words="S000", section="Section 1") == ["s0001", "s0004"]
    assert names(installation, department="EE") == ["s0001", "s0003", "s0005"]
    assert names(installation, role=Role.TA) == ["tina"]
    assert "s0002" not in names(installation, words="s000", activity=Activity.NEVER_SIGNED_IN)
    assert "s0003" not in names(installation, words="s000", activity=Activity.NOTHING_HANDED_IN)
    assert names(installation, words="s000", sort=PeopleSort.NUMBER_DOWN)[:2] == ["s0005", "s0004"]
    assert names(installation, sort=PeopleSort.SEEN_DOWN)[0] == "s0002"
    assert names(installation, words="50%") == []


def test_a_course_of_many_is_paged_in_as_many_statements_as_a_small_one(installation: Installation) -> None:
    tina = browser(installation, "tina")
    with statements(installation) as before:
        tina.get(PEOPLE)
    crowd(installation, 250)

    with statements(installation) as after:
        page = tina.get(f"{PEOPLE}?page=3&sort=-number").text

    assert len(after) == len(before) <= 15
    assert page.count('href="/courses/ml/people/') == 55
    assert "255 people" in page
    assert 'href="/courses/ml/people?sort=-number&amp;page=2"' in page


def test_somebody_is_seen_by_page_and_by_token(installation: Installation) -> None:
    browser(installation, "student0")
    installation.clock.advance(timedelta(hours=2))
    installation.client("student1").get("/api/me")

    seen = [installation.user(f"student{number}").last_seen_at for number in range(3)]

    assert seen == [installation.clock.now - timedelta(hours=2), installation.clock.now, None]


@pytest.mark.both
def test_an_instructor_adds_somebody_new_and_somebody_known(installation: Installation) -> None:
    person = {"role": "student", "student_number": " B042 ", "section": "2", "department": "CS"}

    new = act(installation, "iris", "", username="wei", name="王小明", email="wei@example.edu", **person)
    known = act(installation, "iris", "", username="Mallory", name="mallory", role="ta")

    assert (new[0], known[0]) == (200, 200)
    assert "王小明" in new[1]
    assert "wei@example.edu" in new[1]
    member = member_of(installation, "wei")
    assert (member.role, member.student_number, member.section) == (Role.STUDENT, "B042", "2")
    assert installation.user("wei").password_hash is None
    assert member_of(installation, "mallory").role is Role.TA
    assert act(installation, "iris", "", username="wei", name="W", role="student")[0] == 409
    refused = act(installation, "iris", "", username="other", name="Other", role="ta", student_number="b042")
    assert refused[0] == 409
    assert "is 王小明's already" in refused[1].replace("&#39;", "'")
    assert act(installation, "iris", "", username="nameless", role="ta")[0] == 422


def member_of(installation: Installation, name: str) -> Member:
    """Somebody's part in the course."""
    return installation.db.read(
        lambda session: session.scalars(
            select(Member)
            .join(User, User.id == Member.user_id)
            .join(Course, Course.id == Member.course_id)
            .where(User.username == name, Course.slug == "ml")
        ).one()
    )


def test_an_instructor_changes_what_somebody_is_and_the_trail_holds_no_number(
    installation: Installation,
) -> None:
    number = installation.user("student0").id

    status, page = act(
        installation, "iris", f"/{number}", role="ta", student_number="B09", section="3", department="EE"
    )

    member = member_of(installation, "student0")
    assert status == 200
    assert "B09" in page
    assert (member.role, member.section, member.department) == (Role.TA, "3", "EE")
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    )
    assert entry is not None
    assert entry.act == "member_changed"
    assert [(entry.before or {})["role"], (entry.after or {})["role"]] == ["student", "ta"]
    assert "B09" not in str(entry.after)


@pytest.mark.both
def test_somebody_leaves_and_comes_back_with_all_that_they_had(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, 1)
    address, student = f"/{installation.user('student0').id}", browser(installation, "student0")

    left = act(installation, "iris", f"{address}/activity", active="false", reason=WHY)
    shut_out = student.get("/competitions/tiny").status_code
    again = act(installation, "iris", f"{address}/activity", active="false", reason=WHY)
    back = act(installation, "iris", f"{address}/activity", active="true", reason="A mistake.")

    assert "no longer here" in left[1]
    assert (left[0], shut_out, again[0], back[0]) == (200, 404, 409, 200)
    assert "student0" in names(installation)
    assert names(installation, presence=Presence.INACTIVE) == []
    assert "Submission number 1" in words(student.get("/submissions/1").text)
    assert act(installation, "iris", f"{address}/activity", active="false", reason=" ")[0] == 422


def test_nobody_shuts_themselves_out_or_changes_their_own_role(installation: Installation) -> None:
    number = installation.user("iris").id

    role = act(installation, "iris", f"/{number}", role="student")
    activity = act(installation, "iris", f"/{number}/activity", active="false", reason=WHY)

    assert (role[0], activity[0]) == (409, 409)
    assert member_of(installation, "iris").role is Role.INSTRUCTOR


@pytest.mark.parametrize(
    ("name", "looking", "acting"), [("student0", 403, 403), ("tina", 200, 403), ("ivan", 404, 404)]
)
def test_the_page_is_for_the_staff_and_its_acts_are_for_instructors(
    installation: Installation, name: str, looking: int, acting: int
) -> None:
    number = installation.user("student1").id

    statuses = [
        act(installation, name, "", username="x", name="X", role="student")[0],
        act(installation, name, f"/{number}", role="ta")[0],
        act(installation, name, f"/{number}/activity", active="false", reason=WHY)[0],
    ]

    assert browser(installation, name).get(PEOPLE).status_code == looking
    assert statuses == [acting] * 3
