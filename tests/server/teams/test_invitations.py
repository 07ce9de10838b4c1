"""Invitations: who may be asked, by whom, how often, and who answers; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.domain.errors import Conflict, LimitReached, NotAllowed, NotFound
from server.domain.people.accounts.tries import TryLimit
from server.domain.teams import invitations
from server.models import InvitationState, Member, Notice, NoticeKind, User
from tests.support.installation import Installation
from tests.support.teamwork import answer, in_teams_of, invite, join, members, received, states

pytestmark = pytest.mark.both

INVITATIONS = "/api/competitions/tiny/team/invitations"
WORDS = ("student1", "B007", "one@example.edu")  # for one student


def notices_of(installation: Installation, name: str) -> int:
    """How many notices of invitations somebody has."""
    count = select(func.count()).where(
        Notice.user_id == installation.user(name).id, Notice.kind == NoticeKind.INVITATION
    )
    return installation.db.read(lambda session: session.scalar(count)) or 0


@pytest.mark.parametrize("invitee", [" Student1 ", "B007", "one@example.edu", "ONE@Example.edu"])
def test_a_fellow_student_is_found_by_name_number_or_address(
    installation: Installation, invitee: str
) -> None:
    in_teams_of(installation, 2)
    user = installation.user("student1")

    def describe(session: Session) -> None:
        session.execute(update(User).where(User.id == user.id).values(email="one@example.edu"))
        session.execute(update(Member).where(Member.user_id == user.id).values(student_number="B007"))

    installation.db.write(describe)

    invite(installation, "student0", invitee)

    assert [each.inviter.username for each in received(installation, "student1")] == ["student0"]


def test_a_stranger_a_member_of_staff_and_nobody_are_refused_in_the_same_words(
    installation: Installation,
) -> None:
    in_teams_of(installation, 2)
    refusals = []
    for search in ("mallory", "tina", "root", "nobody-at-all", "b007", "nobody@example.edu", "two words"):
        with pytest.raises(NotFound) as refused:
            invite(installation, "student0", search)
        refusals.append((refused.value.code, refused.value.message))

    assert len(set(refusals)) == 1


def test_one_address_of_two_students_names_neither(installation: Installation) -> None:
    in_teams_of(installation, 3)
    installation.db.write(lambda session: session.execute(update(User).values(email="lab@x.edu")) and None)

    with pytest.raises(Conflict, match="More than one"):
        invite(installation, "student0", "lab@x.edu")


def test_who_is_no_student_of_the_course_builds_no_team(installation: Installation) -> None:
    in_teams_of(installation, 2)

    for username in ("tina", "root", "mallory"):
        with pytest.raises(NotAllowed):
            invite(installation, username, "student0")


def test_where_all_compete_alone_nobody_is_invited(installation: Installation) -> None:
    with pytest.raises(Conflict, match="competes alone"):
        invite(installation, "student0", "student1")


@pytest.mark.parametrize(
    ("invitee", "words"), [("student0", "That is you"), ("student1", "in your team already")]
)
def test_a_member_is_not_invited_again(installation: Installation, invitee: str, words: str) -> None:
    in_teams_of(installation, 3)
    join(installation, "student0", "student1")

    with pytest.raises(Conflict, match=words):
        invite(installation, "student0", invitee)


def test_an_open_invitation_is_not_repeated_but_a_declined_one_may_be(installation: Installation) -> None:
    in_teams_of(installation, 2)
    first = invite(installation, "student0", "student1")
    with pytest.raises(Conflict, match="invited 'student1' already; the answer is open"):
        invite(installation, "student0", "student1")

    answer(installation, "student1", first, "decline")
    second = invite(installation, "student0", "student1")
    answer(installation, "student0", second, "withdraw")

    assert states(installation) == [InvitationState.DECLINED, InvitationState.WITHDRAWN]


def test_three_words_for_one_student_are_answered_like_those_for_three(installation: Installation) -> None:
    in_teams_of(installation, 2)
    student = installation.user("student1")
    number = update(Member).where(Member.user_id == student.id).values(student_number="B007")
    address = update(User).where(User.id == student.id).values(email="one@example.edu")
    installation.db.write(lambda session: (session.execute(number), session.execute(address)))
    inviting, invited = installation.client("student0"), installation.client("student1")

    answers = [inviting.post(INVITATIONS, json={"student": word}) for word in WORDS]
    waiting = invited.get("/api/competitions/tiny/team").json()["invitations"]

    assert [each.status_code for each in answers] == [201, 201, 201]
    assert [each["student"] for each in answers[-1].json()["invited"]] == list(WORDS)
    assert len(waiting) == 1  # who is invited reads of it once
    assert notices_of(installation, "student1") == 1


def test_a_student_who_declines_is_not_asked_again_by_another_word_for_them(
    installation: Installation,
) -> None:
    in_teams_of(installation, 2)
    number = update(Member).where(Member.user_id == installation.user("student1").id)
    installation.db.write(lambda session: session.execute(number.values(student_number="B007")))
    first = invite(installation, "student0", "student1")
    invite(installation, "student0", "B007")
    installation.clock.advance(timedelta(minutes=1))

    answer(installation, "student1", first, "decline")
    sent = installation.client("student0").get("/api/competitions/tiny/team").json()["invited"]
    waiting = installation.client("student1").get("/api/competitions/tiny/team").json()["invitations"]
    installation.clock.advance(timedelta(minutes=1))
    invite(installation, "student0", "student1")
    asked_again = installation.client("student1").get("/api/competitions/tiny/team").json()["invitations"]

    assert [each["student"] for each in sent] == ["B007"]
    assert (waiting, len(asked_again)) == ([], 1)


def test_whoever_joins_is_waited_for_under_no_other_word(installation: Installation) -> None:
    in_teams_of(installation, 2)
    number = update(Member).where(Member.user_id == installation.user("student1").id)
    installation.db.write(lambda session: session.execute(number.values(student_number="B007")))
    first = invite(installation, "student0", "student1")
    invite(installation, "student0", "B007")

    answer(installation, "student1", first, "accept")

    assert installation.client("student0").get("/api/competitions/tiny/team").json()["invited"] == []


def test_a_full_team_invites_nobody(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")

    with pytest.raises(Conflict, match="2 members, as many as"):
        invite(installation, "student1", "student2")


def test_no_team_has_more_than_ten_questions_open(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_teams_of(installation, 3)
    monkeypatch.setattr(invitations, "PENDING_MOST", 1)
    invite(installation, "student0", "student1")

    with pytest.raises(Conflict, match="1 invitations of your team are open"):
        invite(installation, "student0", "student2")


def test_what_was_typed_is_all_that_an_invitation_tells_of_a_student(installation: Installation) -> None:
    in_teams_of(installation, 2)
    student = installation.user("student1")
    number = update(Member).where(Member.user_id == student.id).values(student_number="B007")
    installation.db.write(lambda session: session.execute(number))
    client = installation.client("student0")

    answers = [
        client.post("/api/competitions/tiny/team/invitations", json={"student": "b007"}),
        client.get("/api/competitions/tiny/team"),
        client.post("/api/competitions/tiny/team/invitations", json={"student": "B007"}),
        client.get("/competitions/tiny/team"),
    ]

    assert [each.status_code for each in answers] == [201, 200, 409, 200]
    assert answers[1].json()["invited"][0]["student"] == "b007"
    assert all("tudent1" not in each.text for each in answers)


@pytest.mark.parametrize("written", ["b007", " B007 ", "\uff22\uff10\uff10\uff17", "\uff42007"])
def test_a_number_is_found_whatever_its_case_and_the_width_of_its_letters(
    installation: Installation, written: str
) -> None:
    in_teams_of(installation, 2)
    student = installation.user("student1")
    number = update(Member).where(Member.user_id == student.id).values(student_number="B007")
    installation.db.write(lambda session: session.execute(number))

    invite(installation, "student0", written)

    assert [each.inviter.username for each in received(installation, "student1")] == ["student0"]


def test_twenty_invitations_a_day_are_the_most_of_a_team_and_of_a_person(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_teams_of(installation, 3)
    monkeypatch.setattr(invitations, "INVITED_MOST", 2)
    for _ in range(2):
        answer(installation, "student0", invite(installation, "student0", "student1"), "withdraw")

    with pytest.raises(LimitReached, match="2 invitations within 24 hours") as refused:
        invite(installation, "student0", "student2")
    installation.clock.advance(timedelta(days=1))

    assert refused.value.code == "too_many_invitations"
    assert invite(installation, "student0", "student2")


def test_searches_that_find_nobody_are_counted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_teams_of(installation, 2)
    monkeypatch.setattr(invitations, "SEARCHES", TryLimit(2, timedelta(minutes=30)))
    path, client = "/api/competitions/tiny/team/invitations", installation.client("student0")

    answers = [client.post(path, json={"student": f"b{number}"}) for number in range(3)]
    installation.clock.advance(timedelta(minutes=30))
    answers.append(client.post(path, json={"student": "student1"}))

    assert [each.status_code for each in answers] == [404, 404, 429, 201]


@pytest.mark.parametrize("word", ["accept", "decline", "withdraw"])
def test_an_answered_invitation_is_answered_once(installation: Installation, word: str) -> None:
    in_teams_of(installation, 2)
    invitation = invite(installation, "student0", "student1")
    answer(installation, "student1", invitation, "decline")

    with pytest.raises(Conflict, match="it was declined"):
        answer(installation, "student0" if word == "withdraw" else "student1", invitation, word)

    assert members(installation, "student1") == set()


@pytest.mark.parametrize(
    ("username", "word"),
    [("student2", "accept"), ("student0", "accept"), ("student2", "decline"), ("student1", "withdraw")],
)
def test_an_invitation_is_answered_by_whom_it_concerns(
    installation: Installation, username: str, word: str
) -> None:
    in_teams_of(installation, 2)
    invitation = invite(installation, "student0", "student1")

    with pytest.raises(NotFound):
        answer(installation, username, invitation, word)

    assert states(installation) == [InvitationState.PENDING]
