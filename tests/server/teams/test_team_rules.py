"""Teams: what they are called, who leaves them, what staff may do to them; on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.domain.teams import allowances
from server.domain.teams import membership as teams
from server.domain.teams import staff as team_staff
from server.domain.teams.allowances import Extension, Receiver
from server.domain.teams.names import NewName
from server.domain.teams.staff import MemberMove, StaffTeam
from server.models import AuditEntry, BoardRevision, InvitationState, Member, Team, User
from tests.support.installation import Installation
from tests.support.teamwork import (
    act,
    answer,
    in_teams_of,
    invite,
    join,
    members,
    rename,
    sent_by_team,
    states,
    wrong_standings,
)

pytestmark = pytest.mark.both


def board_names(installation: Installation) -> list[str]:
    """The teams on the public board."""
    rows = installation.client("student2").get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    return [row["team"] for row in rows]


def staff_teams(installation: Installation, search: str = "") -> list[StaffTeam]:
    """What staff see of the teams."""
    competition = installation.competition()
    return installation.db.read(
        lambda session: team_staff.listed(session, competition=competition, words=search)
    )


def staff_act(installation: Installation, rule: Callable[..., object], **arguments: object) -> None:
    """Run one rule for the TA."""
    competition, by = installation.competition(), Actor(installation.user("tina").id)
    installation.db.write(
        lambda session: (
            rule(session, competition=competition, by=by, now=installation.clock(), **arguments) and None
        ),
        private=True,
    )


def move(installation: Installation, username: str, to: str | None, reason: str = "They asked.") -> None:
    """Move a student into the team of another, or into one of their own."""
    staff_act(installation, team_staff.move_member, move=MemberMove(username, to or "", reason))


def test_a_new_name_stands_on_the_board_at_once(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.7, seed=1)
    before = board_names(installation)

    named = rename(installation, "student0", "  Ｇｒａｄｉｅｎｔ   Descenders ")

    assert named == "Gradient Descenders"
    assert (before, board_names(installation)) == (["Student0"], ["Gradient Descenders"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "1 to 60 characters; this one has 0"),
        ("   ", "has 0"),
        ("x" * 61, "has 61"),
        ("a\x00b", "U\\+0000"),
        ("a\u202eb", "U\\+202E RIGHT-TO-LEFT OVERRIDE at character 2"),
        ("a\u200bb", "U\\+200B"),
        ("a\u200db", "U\\+200D"),
        ("\ue000", "U\\+E000"),
        ("\u3164", "U\\+1160"),
        ("a\ud800", "U\\+D800"),
        ("BOSS", "taken for a baseline"),
        ("ｓｉｍｐｌｅ", "taken for a baseline"),
        ("my Baseline", "taken for a baseline"),
        ("ѕіmрlе", "taken for a baseline"),
        ("b0ss", "taken for a baseline"),
        ("аdmin", "two alphabets"),
        ("the а+dmin", "'а\\+dmin' has letters of two alphabets"),
        ("Pаul's", "two alphabets"),
        ("Admin!", "taken for the staff"),
        ("5taff", "taken for the staff"),
        ("助教", "taken for the staff"),
        *(
            (name, "taken for a baseline")
            for name in ("Strong Baseline!", "strong baselìne", "b.o.s.s", "(strong)")
        ),
        *((name, "taken for a baseline") for name in ("simple basel1ne", "simple ★", "boss 2")),
        *((name, "taken for the staff") for name in ("ADMlN", "1nstructor", "助教1", "助教們", "课程助教")),
        *((name, "taken for the staff") for name in ("TA 2", "Teaching Assistant", "Splitboard team")),
    ],
)
def test_a_name_that_cannot_stand_on_a_board_is_refused(
    installation: Installation, name: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        rename(installation, "student0", name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x",
            "x" * 60,
            "深度學習隊",
            "🦊",
            "👩🏽\u200d💻",
            "علی\u200cرضا",
            "Bosses",
            "O'Neil & Søn",
            "Лисы",
        ),
        *("ε-greedy", "εgreedy", "β-VAE", "ΔNet", "AI小隊", "Αθηνά", "Яндекс-GPT", "Übermut", "田中 TA-Fans"),
        *("Simple Minds", "Strongly Typed", "Team 42", "Tango", "Stafford", "2 Fast", "老師好"),
    ],
)
def test_other_names_are_free(installation: Installation, name: str) -> None:
    assert rename(installation, "student0", f"\u202a{name}\u202c\u200e") == name


def test_of_two_students_of_one_name_each_may_take_it_back(installation: Installation) -> None:
    same = update(User).where(User.username.in_(["student0", "student1"])).values(display_name="陳怡君")
    installation.db.write(lambda session: session.execute(same))
    installation.submit_accuracy("student1", 0.7, seed=1)
    rename(installation, "student0", "Foxes")

    assert rename(installation, "student0", "陳怡君") == "陳怡君"
    with pytest.raises(Conflict):
        rename(installation, "student2", "陳怡君")


@pytest.mark.parametrize(
    "name",
    [
        *("foxes", "FOXES", "Ｆｏｘｅｓ", "student2", "Student2", "TINA"),
        *("5tudent2", "T+i+n+a", "tina.", "Tina 2 "[:5], "Roоt"),
        *("Fохеѕ", "F0xes", "Ѕtudent2", "Studеnt2", "ΤΙΝΑ", "Tіna", "FO\u00adXES"),
    ],
)
def test_a_name_of_another_team_or_person_is_taken(installation: Installation, name: str) -> None:
    rename(installation, "student0", "Foxes")

    with pytest.raises(Conflict, match=r"already|another team|somebody else"):
        rename(installation, "student1", name)


def test_a_team_may_change_the_case_of_its_name_and_take_its_members_names(
    installation: Installation,
) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")

    assert [rename(installation, "student1", name) for name in ("Foxes", "FOXES", "Student0")] == [
        "Foxes",
        "FOXES",
        "Student0",
    ]


def test_a_name_is_free_again_when_its_team_is_no_more(installation: Installation) -> None:
    in_teams_of(installation, 2)
    rename(installation, "student1", "Foxes")
    join(installation, "student0", "student1")

    assert rename(installation, "student2", "foxes") == "foxes"


def test_a_member_leaves_a_team_that_has_sent_nothing(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")

    act(installation, "student0", teams.leave)
    installation.submit_accuracy("student0", 0.6, seed=1)

    assert members(installation, "student1") == {"student1"}
    assert members(installation, "student0") == {"student0"}
    assert [(team.name, len(team.members)) for team in staff_teams(installation)] == [
        ("Student0", 1),
        ("Student1", 1),
    ]


def test_nobody_leaves_a_team_with_submissions_or_a_team_of_one(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")
    installation.submit_accuracy("student0", 0.6, seed=1)

    for student, words in (("student1", "has sent files"), ("student2", "team of one already")):
        with pytest.raises(Conflict, match=words):
            act(installation, student, teams.leave)
    with pytest.raises(NotAllowed):
        act(installation, "tina", teams.leave)


def test_staff_see_names_and_student_numbers_beside_the_teams_name(installation: Installation) -> None:
    in_teams_of(installation, 2)
    user = installation.user("student1")
    installation.db.write(
        lambda session: (
            session.execute(update(Member).where(Member.user_id == user.id).values(student_number="B07"))
            and None
        )
    )
    join(installation, "student0", "student1")
    rename(installation, "student0", "Foxes")
    installation.submit_accuracy("student1", 0.6, seed=1)
    installation.submit_accuracy("student2", 0.6, seed=2)

    listed = staff_teams(installation)

    assert [(team.name, team.submissions) for team in listed] == [("Foxes", 1), ("Student2", 1)]
    people = [(person.name, person.student_number) for person in listed[0].members]
    assert people == [("Student0", ""), ("Student1", "B07")]
    for search in ("fox", "b07", "STUDENT1"):
        assert [team.name for team in staff_teams(installation, search)] == ["Foxes"]
    assert staff_teams(installation, "nobody") == []


def test_staff_rename_a_team_with_a_reason_that_is_kept(installation: Installation) -> None:
    rename(installation, "student0", "Something rude")
    team_id = staff_teams(installation)[0].team_id
    revision = installation.db.read(lambda session: session.scalars(select(BoardRevision.public)).one())

    staff_act(installation, team_staff.rename, new=NewName(team_id, "Team 1", " Rude. "))

    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    )
    assert entry is not None
    assert (entry.act, entry.by, entry.reason) == ("team_renamed", installation.user("tina").id, "Rude.")
    assert (entry.before, entry.after) == ({"name": "Something rude"}, {"name": "Team 1"})
    assert (
        installation.db.read(lambda session: session.scalars(select(BoardRevision.public)).one())
        == revision + 1
    )


def test_staff_say_why_and_leave_baselines_alone(installation: Installation) -> None:
    rename(installation, "student0", "Foxes")
    team_id = staff_teams(installation)[0].team_id
    baseline = installation.db.read(
        lambda session: session.scalars(select(Team.id).where(Team.tier_id.is_not(None))).first()
    )

    for new, error in (
        (NewName(team_id, "x", " "), Invalid),
        (NewName(baseline or 0, "x", "y"), NotFound),
        (NewName(10**6, "x", "y"), NotFound),
    ):
        with pytest.raises(error):
            staff_act(installation, team_staff.rename, new=new)


def test_staff_move_a_member_and_the_submissions_stay(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")
    installation.submit_accuracy("student0", 0.6, seed=1)

    move(installation, "student0", None)

    assert members(installation, "student0") == {"student0"}
    assert len(sent_by_team(installation, "student1")) == 1
    assert sent_by_team(installation, "student0") == []
    assert board_names(installation) == ["Student1"]
    entry = installation.db.read(
        lambda session: session.scalars(select(AuditEntry).where(AuditEntry.act == "member_moved")).one()
    )
    student = installation.user("student0")
    assert (entry.reason, entry.subject) == ("They asked.", f"user {student.id}")
    assert entry.before["team_id"] != entry.after["team_id"]


def test_an_extension_goes_with_the_student_whom_staff_move(installation: Installation) -> None:
    in_teams_of(installation, 2)
    join(installation, "student0", "student1")
    competition, to = installation.competition(), Receiver("", user_id=installation.user("student1").id)
    until = competition.deadline_at + timedelta(hours=10)
    staff_act(installation, allowances.extend_deadline, extension=Extension(to, until, "Ill."))
    installation.clock.now = competition.deadline_at + timedelta(hours=1)
    installation.submit_accuracy("student0", 0.6, seed=1)
    before = [row.is_late for row in sent_by_team(installation, "student0")]

    move(installation, "student1", None)

    assert (before, [row.is_late for row in sent_by_team(installation, "student0")]) == ([False], [True])
    assert wrong_standings(installation) == []


def test_a_team_that_staff_emptied_is_no_more(installation: Installation) -> None:
    in_teams_of(installation, 2)
    invite(installation, "student1", "student2")
    other = invite(installation, "student2", "student1")

    move(installation, "student1", "student0")

    assert members(installation, "student0") == {"student0", "student1"}
    assert [team.name for team in staff_teams(installation)] == ["Student0", "Student2"]
    assert states(installation) == [InvitationState.WITHDRAWN] * 2
    with pytest.raises(Conflict, match="withdrawn"):
        answer(installation, "student1", other)


@pytest.mark.parametrize(
    ("username", "to", "words"),
    [
        ("student0", None, "team of one already"),
        ("student0", "student0", "in that team already"),
        ("student2", "student0", "belong to nobody"),
        ("student1", "student2", "1 members; 1 are the most"),
        ("mallory", "student0", "no student 'mallory'"),
        ("tina", "student0", "no student 'tina'"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(
    installation: Installation, username: str, to: str | None, words: str
) -> None:
    installation.submit_accuracy("student0", 0.6, seed=1)
    installation.submit_accuracy("student2", 0.6, seed=2)
    in_teams_of(installation, 1 if "are the most" in words else 2)

    with pytest.raises((Conflict, NotFound), match=words):
        move(installation, username, to)
