"""Rosters: reading whatever staff have, showing what would change, and changing it."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.errors import Invalid
from server.domain.people import courses, roster
from server.domain.people.roster import RosterImport
from server.domain.people.roster_diff import FieldChange, RosterDiff
from server.domain.people.roster_file import Roster, read_roster
from server.models import AuditEntry, Member, Role, User
from tests.support.installation import Installation

FULL = """username,student number,name,email,department,section,role
student0,007,Zero,zero@example.edu,EE,1,student
student1,008,One,,CS,2,
student2,009,Two,,CS,2,
newcomer,B12902001,王小明,,資工系,1,學生
assistant,,Ada,,,,助教
"""


def read(text: str) -> Roster:
    return read_roster(text.encode())


def show(installation: Installation, text: str) -> RosterDiff:
    def work(session: Session) -> RosterDiff:
        return roster.diff(session, course=courses.course_named(session, "ml"), roster=read(text))

    return installation.db.read(work)


def bring(installation: Installation, text: str, course: str = "ml") -> RosterImport:
    def work(session: Session) -> RosterImport:
        of, by = courses.course_named(session, course), Actor(installation.user("iris").id)
        return roster.import_roster(session, course=of, roster=read(text), by=by, now=installation.clock())

    return installation.db.write(work)


def members(installation: Installation, course: str = "ml") -> dict[str, tuple[Member, User]]:
    def work(session: Session) -> dict[str, tuple[Member, User]]:
        of = courses.course_named(session, course)
        rows = session.execute(
            select(Member, User).join(User, User.id == Member.user_id).where(Member.course_id == of.id)
        )
        return {user.username: (member, user) for member, user in rows}

    return installation.db.read(work)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_roster_is_read_in_every_usual_form(encoding: str, separator: str, line_end: str) -> None:
    lines = [["學號", "姓名", "系所", "班別", "角色"], ["00123", "王小明", "電機系", "1", "助教"]]
    text = line_end.join(separator.join(cells) for cells in lines)

    sheet = read_roster(text.encode(encoding))

    assert sheet.problems == ()
    row = sheet.rows[0]
    assert (row.username, row.student_number, row.name) == ("00123", "00123", "王小明")
    assert (row.department, row.section, row.role) == ("電機系", "1", Role.TA)


def test_a_canvas_gradebook_is_read_as_it_was_exported() -> None:
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,HW1 (12)\n"
        "    Points Possible,,,,,10\n"
        '"Wang, Ming",481,="007",b12902001,ML-01,8\n'
        '"Student, Test",482,,,ML-01,\n'
    )

    sheet = read(text)

    assert sheet.problems == ()
    assert [(row.username, row.student_number, row.name, row.section) for row in sheet.rows] == [
        ("b12902001", "007", "Wang, Ming", "ML-01")
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("name,email\nA,a@b\n", "student number (學號). Found: name, email"),
        ("username,login\na,b\n", "'username' and 'login'"),
        ("username\n", "names nobody"),
        ('username,name\na,"open\n', "is no CSV"),
    ],
)
def test_a_file_that_is_no_roster_is_refused(text: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)

    assert says in refused.value.message


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid, match="CSV UTF-8"):
        read_roster(b"\x89PNG\r\n\x1a\n\xff\xff\xff")


def test_every_problem_is_named_with_its_line() -> None:
    text = (
        "username,student number,name,role\n"
        "ann,1,Ann,student\n"
        "ANN,2,Ann again,student\n"
        "bob,１,Bob,student\n"
        ",,Nobody,\n"
        "cat,3,Cat,king\n"
        "d d,4,Dot,\n"
        f"eve,{'9' * 61},Eve,\n"
        "fay,5,F\u202eay,\n"
    )

    problems = {problem.line: problem.message for problem in read(text).problems}

    assert set(problems) == {3, 4, 5, 6, 7, 8, 9}
    assert "line 2" in problems[3]
    assert "line 2" in problems[4]
    assert "king" in problems[6]


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


def test_new_people_get_a_password_that_works_and_is_told_once(installation: Installation) -> None:
    done = bring(installation, FULL)

    assert [each.username for each in done.passwords] == ["newcomer", "assistant"]
    credential = done.passwords[0]
    assert credential.password not in repr(done)
    body = {"username": "NEWCOMER", "password": credential.password, "name": "laptop"}
    assert installation.client(None).post("/api/tokens", json=body).status_code == 201


@pytest.mark.both
def test_a_student_who_is_missing_becomes_inactive_and_may_return(installation: Installation) -> None:
    bring(installation, FULL)
    without = "".join(line for line in FULL.splitlines(keepends=True) if not line.startswith("student2"))

    gone = bring(installation, without)

    assert [removed.username for removed in gone.diff.removed] == ["student2"]
    assert not members(installation)["student2"][0].is_active
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


def test_leading_zeros_tell_numbers_apart_and_case_does_not() -> None:
    assert read("student number\n7\n007\n").problems == ()
    assert [problem.line for problem in read("student number\nb1\nB1\n").problems] == [3]


@pytest.mark.both
def test_no_course_renames_people_whom_another_course_knows(installation: Installation) -> None:
    done = bring(installation, "username,name,email\nmallory,Renamed,evil@example.edu\nroot,Renamed,\n")

    assert done.passwords == ()
    people = members(installation)
    assert (people["mallory"][1].display_name, people["mallory"][1].email) == ("Mallory", "")
    assert people["root"][1].display_name == "Root"
    again = bring(installation, "username,name,email\nmallory,Renamed,evil@example.edu\nroot,Renamed,\n")
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

    done = bring(installation, out.getvalue())

    assert len(done.diff.added) == len({each.password for each in done.passwords}) == 1300
    assert bring(installation, out.getvalue()).diff.unchanged == 1300
