"""Rosters: reading whatever staff have, showing what would change, and changing it."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.grades import report as grades
from server.domain.people import courses
from server.domain.people.roster import importing as roster
from server.domain.people.roster.diff import Approval, FieldChange, RosterDiff
from server.domain.people.roster.file import Roster, read_roster
from server.domain.people.roster.importing import RosterImport
from server.models import AuditEntry, Member, Role, User
from tests.support.installation import Installation

NONE = Approval()
FULL = """username,student number,name,email,department,section,role
student0,007,Zero,zero@example.edu,EE,1,student
student1,008,One,,CS,2,
student2,009,Two,,CS,2,
newcomer,B12902001,王小明,,資工系,1,學生
assistant,,Ada,,,,助教
"""


def read(text: str) -> Roster:
    return read_roster(text.encode())


def show(installation: Installation, text: str, approval: Approval = NONE) -> RosterDiff:
    def work(session: Session) -> RosterDiff:
        ml = courses.course_named(session, "ml")
        return roster.diff(session, course=ml, roster=read(text), approval=approval)

    return installation.db.read(work)


def bring(
    installation: Installation, text: str, course: str = "ml", approval: Approval = NONE, name: str = "iris"
) -> RosterImport:
    def work(session: Session) -> RosterImport:
        of, by = courses.course_named(session, course), Actor(installation.user(name).id)
        return roster.import_roster(
            session, course=of, roster=read(text), by=by, now=installation.clock(), approval=approval
        )

    return installation.db.write(work)


def members(installation: Installation, course: str = "ml") -> dict[str, tuple[Member, User]]:
    def work(session: Session) -> dict[str, tuple[Member, User]]:
        of = courses.course_named(session, course)
        rows = session.execute(
            select(Member, User).join(User, User.id == Member.user_id).where(Member.course_id == of.id)
        )
        return {user.username: (member, user) for member, user in rows}

    return installation.db.read(work)


SPOILED = {
    "0030001": "30001",
    "0030002": "30002.0",
    "123456789": "1.23E+08",
    "12E4": "1.20E+05",
    "1234567": "1,234,567",
    "may4": "4-May",
    "oct2026": "Oct-26",
    "3-4": "3月4日",
}


def test_a_number_that_a_spreadsheet_spoiled_is_known_by_the_member_who_has_it(
    installation: Installation,
) -> None:
    bring(
        installation,
        "SID\tname\n" + "".join(f"{number}\tAnn\n" for number in SPOILED),
        approval=Approval(drop=3),
    )
    text = "SID\tname\n" + "".join(f"{cell}\tAnn\n" for cell in SPOILED.values())

    doubts = show(installation, text).problems

    assert [
        f"made of '{number}'" in doubt.message for number, doubt in zip(SPOILED, doubts, strict=True)
    ] == [True] * 8
    assert show(installation, text, Approval(as_written=True)).problems == ()


def test_zeros_that_some_numbers_lost_are_seen_in_a_first_import(installation: Installation) -> None:
    numbers = ["1000001", "1000002", "1000003", "30001"]
    text = "student number,name\n" + "".join(f"{number},Ann\n" for number in numbers)

    assert [problem.line for problem in show(installation, text).problems] == [5]


@pytest.mark.both
def test_a_part_of_a_roster_drops_nobody_unless_the_number_is_said(installation: Installation) -> None:
    text = "username,name\nnewcomer,New\n"

    (question,) = show(installation, text).questions

    assert question.option == "--drop 3"
    for approval in (NONE, Approval(drop=2), Approval(drop=4)):
        with pytest.raises(Invalid, match="3 "):
            bring(installation, text, approval=approval)
    assert all(member.is_active for member, _ in members(installation).values())
    assert len(bring(installation, text, approval=Approval(drop=3)).diff.removed) == 3


def test_no_number_becomes_a_public_name_unless_it_is_said(installation: Installation) -> None:
    text = "SID,section\nB12902001,1\n"

    with pytest.raises(Invalid, match=r"'B12902001'\. Add a column 'name', or say --nameless"):
        bring(installation, text, approval=Approval(drop=3))

    bring(installation, text, approval=Approval(drop=3, nameless=True))
    assert members(installation)["B12902001"][1].display_name == "B12902001"


def test_boards_are_made_anew_when_somebody_is_called_as_a_team_is(installation: Installation) -> None:
    """A veil hides names of teams that are somebody's own."""
    installation.submit_accuracy("student0", 0.7, seed=1)
    path = "/api/competitions/tiny/leaderboard/public"
    before = installation.client("student1").get(path).headers["etag"]

    bring(installation, "username,name\nstudent0,Ann Lee\nstudent1,Student1\nstudent2,Student2\n")

    assert installation.client("student1").get(path).headers["etag"] != before


def test_an_exported_grades_file_is_read_back_as_the_same_people(installation: Installation) -> None:
    text = "username,student number,name\nstudent0,-001,-Ann\nstudent1,=2,'Abd\nstudent2,'+3,Bo;-Li\n"
    bring(installation, text)
    tiny = installation.competition()
    rows = installation.db.read(lambda session: grades.grades_of(session, competition=tiny), private=True)

    again = read_roster(grades.to_csv(rows))

    assert again.problems == ()
    assert bring(installation, grades.to_csv(rows).decode("utf-8-sig")).diff.unchanged == 3
    assert {row.name for row in again.rows} == {"-Ann", "'Abd", "Bo;-Li"}


def test_a_dry_run_tells_what_would_change_and_changes_nothing(installation: Installation) -> None:
    before = {name: member.student_number for name, (member, _) in members(installation).items()}

    diff = show(installation, FULL)

    assert [row.username for row in diff.added] == ["newcomer", "assistant"]
    assert [each.row.username for each in diff.changed] == ["student0", "student1", "student2"]
    assert FieldChange("student_number", "", "007") in diff.changed[0].changes
    assert (diff.removed, diff.unchanged, diff.problems) == ((), 0, ())
    assert {name: member.student_number for name, (member, _) in members(installation).items()} == before


@pytest.mark.both
def test_an_import_does_what_the_dry_run_told(installation: Installation) -> None:
    dry_run = show(installation, FULL)

    done = bring(installation, FULL)

    assert done.diff == dry_run
    people = members(installation)
    newcomer, user = people["newcomer"]
    assert (newcomer.role, newcomer.student_number, newcomer.department) == (
        Role.STUDENT,
        "B12902001",
        "資工系",
    )
    assert user.display_name == "王小明"
    assert people["student0"][0].student_number == "007"
    assert people["assistant"][0].role is Role.TA


@pytest.mark.both
def test_importing_the_same_file_again_changes_nothing(installation: Installation) -> None:
    bring(installation, FULL)

    again = bring(installation, FULL)

    assert (again.diff.added, again.diff.changed, again.diff.removed, again.passwords) == ((), (), (), ())
    assert again.diff.unchanged == 5


def test_new_people_get_a_password_that_leads_to_one_of_their_own_and_is_told_once(
    installation: Installation,
) -> None:
    done = bring(installation, FULL)

    assert [each.username for each in done.passwords] == ["newcomer", "assistant"]
    credential = done.passwords[0]
    assert credential.password not in repr(done)
    body = {"username": "NEWCOMER", "password": credential.password, "name": "laptop"}
    answer = installation.client(None).post("/api/tokens", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "own_password_needed")
    wrong = installation.client(None).post("/api/tokens", json=body | {"password": "another one"})
    assert wrong.status_code == 401


@pytest.mark.both
def test_a_student_who_is_missing_becomes_inactive_and_may_return(installation: Installation) -> None:
    bring(installation, FULL)
    installation.submit_accuracy("student2", 0.7, seed=1)
    without = "".join(line for line in FULL.splitlines(keepends=True) if not line.startswith("student2"))

    gone = bring(installation, without)

    assert [removed.username for removed in gone.diff.removed] == ["student2"]
    assert not members(installation)["student2"][0].is_active
    board = installation.client("student0").get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    assert [row["team"] for row in board] == ["Two"]
    assert installation.client("student2").get("/api/competitions/tiny").status_code == 404
    back = bring(installation, FULL)
    assert back.diff.changed[0].changes == (FieldChange("active", "no", "yes"),)
    assert installation.client("student2").get("/api/competitions/tiny").status_code == 200


def test_a_list_of_students_leaves_the_staff_alone(installation: Installation) -> None:
    done = bring(installation, "username,name\nstudent0,Zero\ntina,Tina T.\n")

    people = members(installation)
    assert {removed.username for removed in done.diff.removed} == {"student1", "student2"}
    assert people["tina"][0].role is Role.TA
    assert people["iris"][0].is_active


def test_what_the_file_does_not_say_stays(installation: Installation) -> None:
    bring(installation, FULL)

    bring(installation, "username,section\nstudent0,9\nstudent1,\nstudent2,2\nnewcomer,1\n")

    member, user = members(installation)["student0"]
    assert (member.section, member.student_number, member.department) == ("9", "007", "EE")
    assert user.display_name == "Zero"
    assert members(installation)["student1"][0].section == "2"


def test_a_file_of_student_numbers_alone_finds_who_has_them(installation: Installation) -> None:
    bring(installation, FULL)

    done = bring(installation, "學號,姓名\n007,Zero\n008,One\n009,Two\nb12902001,王小明\n")

    assert (done.diff.added, done.diff.changed, done.diff.removed) == ((), (), ())
    assert members(installation)["newcomer"][0].student_number == "B12902001"


@pytest.mark.both
def test_two_students_may_swap_their_numbers(installation: Installation) -> None:
    bring(installation, FULL)

    bring(installation, FULL.replace("student0,007", "student0,008").replace("student1,008", "student1,007"))

    people = members(installation)
    assert (people["student0"][0].student_number, people["student1"][0].student_number) == ("008", "007")


@pytest.mark.both
def test_a_number_that_another_member_has_is_a_problem_and_nothing_changes(
    installation: Installation,
) -> None:
    bring(installation, FULL)
    text = "username,student number\nstudent0,007\nstudent1,008\nstudent2,009\nthief,b12902001\n"

    with pytest.raises(Invalid) as refused:
        bring(installation, text)

    assert refused.value.details["problems"][0]["line"] == 5
    assert "newcomer" in refused.value.message
    assert "thief" not in members(installation)
    assert members(installation)["newcomer"][0].is_active


@pytest.mark.both
def test_no_course_renames_people_whom_another_course_knows(installation: Installation) -> None:
    text = "username,name,email\nmallory,Renamed,evil@example.edu\nroot,Renamed,\n"

    done = bring(installation, text, approval=Approval(drop=3), name="root")

    assert done.passwords == ()
    people = members(installation)
    assert (people["mallory"][1].display_name, people["mallory"][1].email) == ("Mallory", "")
    assert people["root"][1].display_name == "Root"
    again = bring(installation, text)
    assert again.diff.unchanged == 2


def test_an_import_is_in_the_audit_trail_once(installation: Installation) -> None:
    bring(installation, FULL)

    entries = installation.db.read(
        lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.act == "roster_imported")))
    )
    assert [(each.by, each.details) for each in entries] == [
        (installation.user("iris").id, {"added": 2, "changed": 3, "removed": 0})
    ]
    before, after = entries[0].before or {}, entries[0].after or {}
    assert set(before) < set(after)
    assert list(after.values()).count({"added": "yes"}) == 2


@pytest.mark.both
def test_a_course_of_thirteen_hundred_is_imported_at_once(installation: Installation) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(
        [["學號", "姓名"], *([f"B{number:08}", f"學生{number}"] for number in range(1300))]
    )

    done = bring(installation, out.getvalue(), approval=Approval(drop=3))

    assert len(done.diff.added) == len({each.password for each in done.passwords}) == 1300
    assert bring(installation, out.getvalue()).diff.unchanged == 1300
