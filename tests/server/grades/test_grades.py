"""Grades: who earns which points, and the file that staff take away, on both databases."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database.private_tables import PrivateScoresGuarded
from server.domain.grades import report as grades
from server.domain.grades.earned.split_grade import SplitGrade
from server.domain.grades.report import GradeRow
from server.domain.teams import membership as teams
from server.models import AuditEntry, Member, Tier, User
from tests.support import tiny_homework
from tests.support.browser import browser
from tests.support.installation import Installation

pytestmark = pytest.mark.both

PATH = "/api/competitions/tiny/grades.csv"


def rows_of(installation: Installation) -> dict[str, GradeRow]:
    competition = installation.competition()
    rows = installation.db.read(
        lambda session: grades.grades_of(session, competition=competition), private=True
    )
    return {row.username: row for row in rows}


def a_row(**texts: str) -> GradeRow:
    nothing = SplitGrade(None, None, (), 0.0)
    facts: dict[str, Any] = {
        "user_id": 1,
        "student_number": "1",
        "username": "a",
        "name": "A",
        "department": "",
        "section": "",
    } | texts
    return GradeRow(**facts, public=nothing, private=nothing)


def test_points_are_those_of_the_tiers_passed_on_each_split(installation: Installation) -> None:
    for tier in tiny_homework.TIERS:
        installation.train(tier)
    sent = installation.submit_accuracy("student0", 0.75, seed=1)

    row = rows_of(installation)["student0"]

    data = tiny_homework.predictions(400, accuracy=0.75, seed=1)
    assert row.public.score == pytest.approx(tiny_homework.score_of(data, "Public"))
    assert row.private.score == pytest.approx(tiny_homework.score_of(data, "Private"))
    assert row.public.tiers == row.private.tiers == ("simple", "medium")
    assert (row.public.points, row.private.points, row.points) == (2.0, 2.0, 4.0)
    assert row.public.submission_id == row.private.submission_id == sent.id


def test_a_student_without_a_submission_has_a_row_and_no_points(installation: Installation) -> None:
    installation.train("simple")

    rows = rows_of(installation)

    assert list(rows) == ["student0", "student1", "student2"]
    assert rows["student1"].public == rows["student1"].private == SplitGrade(None, None, (), 0.0)


def test_a_tier_without_a_finished_run_is_earned_by_nobody(installation: Installation) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.99, seed=1)

    assert rows_of(installation)["student0"].public.tiers == ("simple",)


def test_each_split_pays_by_its_own_tiers(installation: Installation) -> None:
    installation.train("simple")
    installation.db.write(lambda session: session.execute(update(Tier).values(points_private=0.3)) and None)
    installation.submit_accuracy("student0", 0.8, seed=1)

    row = rows_of(installation)["student0"]

    assert (row.public.points, row.private.points) == (1.0, 0.3)


def test_the_scores_of_the_final_selections_and_the_best_public_one_may_be_two_submissions(
    installation: Installation,
) -> None:
    best = installation.submit_accuracy("student0", 0.9, seed=1)
    chosen = installation.submit_accuracy("student0", 0.6, seed=2)
    installation.client("student0").put(f"/api/submissions/{chosen.id}/final", json={"selected": True})

    row = rows_of(installation)["student0"]

    assert (row.public.submission_id, row.private.submission_id) == (best.id, chosen.id)


def test_a_late_submission_earns_nothing(installation: Installation) -> None:
    installation.train("simple")
    installation.clock.advance(timedelta(days=5, minutes=2))

    late = installation.submit_accuracy("student0", 0.9, seed=1)

    assert late.is_late
    assert rows_of(installation)["student0"].points == 0


def test_members_of_one_team_earn_the_same(installation: Installation) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.9, seed=1)
    first, second = installation.user("student0"), installation.user("student1")

    def join(session: Session) -> None:
        competition_id = installation.competition().id
        team = teams.team_of(session, competition_id=competition_id, user_id=first.id)
        assert team is not None
        session.add(teams.TeamMember(team_id=team.id, competition_id=competition_id, user_id=second.id))

    installation.db.write(join)

    rows = rows_of(installation)
    assert rows["student0"].points == rows["student1"].points == 2


def test_who_left_the_course_and_the_staff_are_not_listed(installation: Installation) -> None:
    left = installation.user("student2")
    installation.submit_accuracy("student2", 0.9, seed=1)
    installation.db.write(
        lambda session: (
            session.execute(update(Member).where(Member.user_id == left.id).values(is_active=False)) and None
        )
    )

    assert list(rows_of(installation)) == ["student0", "student1"]


def test_grades_need_a_session_that_may_see_private_scores(installation: Installation) -> None:
    competition = installation.competition()

    with pytest.raises(PrivateScoresGuarded):
        installation.db.read(lambda session: grades.grades_of(session, competition=competition))


@pytest.mark.parametrize("username", ["tina", "iris", "root"])
def test_staff_export_before_the_reveal(installation: Installation, username: str) -> None:
    installation.train("simple")
    installation.submit_accuracy("student0", 0.9, seed=1)

    answer = installation.client(username).get(PATH)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="tiny-grades.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["username"] for row in rows] == ["student0", "student1", "student2"]
    assert (rows[0]["points"], rows[0]["public_tiers"], rows[1]["public_score"]) == ("2", "simple", "")
    assert float(rows[0]["private_score"]) == rows_of(installation)["student0"].private.score


@pytest.mark.parametrize(
    ("username", "status"), [("student0", 403), ("mallory", 404), ("ivan", 404), (None, 401)]
)
def test_nobody_else_gets_the_file_even_after_the_reveal(
    installation: Installation, username: str | None, status: int
) -> None:
    installation.clock.advance(timedelta(days=8))

    assert installation.client(username).get(PATH).status_code == status


def test_an_export_is_in_the_audit_trail(installation: Installation) -> None:
    installation.client("tina").get(PATH)

    entries = installation.db.read(
        lambda session: list(session.scalars(select(AuditEntry).where(AuditEntry.act == "grades_exported")))
    )
    assert [(each.subject, each.by) for each in entries] == [
        ("competition tiny", installation.user("tina").id)
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0"])
def test_no_cell_of_text_is_a_formula(start: str) -> None:
    data = grades.to_csv([a_row(name=f"{start}1+1", section=f"{start}HYPERLINK(A1)")])

    row = next(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))

    assert (row["name"], row["section"]) == (f"'{start}1+1", f"'{start}HYPERLINK(A1)")


def test_the_file_has_its_mark_windows_line_ends_and_quoted_commas() -> None:
    data = grades.to_csv([a_row(student_number="007", name='王, "Ming"')])

    assert data.startswith(b"\xef\xbb\xbfstudent_number,username,name,")
    assert data.count(b"\r\n") == data.count(b"\n") == 2
    assert '007,a,"王, ""Ming""",,,0,0,0,,,,,,,0,0\r\n' in data.decode("utf-8-sig")


def test_numbers_are_plain_and_negative_ones_stay_numbers() -> None:
    row = GradeRow(
        1, "1", "a", "A", "", "", SplitGrade(-1e-7, 12, ("simple",), 0.1), SplitGrade(1e16, 3, (), 0.2)
    )

    cells = grades.to_csv([row]).decode("utf-8-sig").splitlines()[1].split(",")

    assert cells[5:] == [
        "0.3", "0.1", "0.2", "-0.0000001", "12", "simple", "10000000000000000", "3", "", "0", "0",
    ]  # fmt: skip


def test_grades_come_by_student_number(installation: Installation) -> None:
    def number(session: Session) -> None:
        for name, student_number in (("student0", "30"), ("student1", "007"), ("student2", "10")):
            user = session.scalars(select(User).where(User.username == name)).one()
            chosen = update(Member).where(Member.user_id == user.id)
            session.execute(chosen.values(student_number=student_number))

    installation.db.write(number)

    assert [row.student_number for row in rows_of(installation).values()] == ["007", "10", "30"]


def test_on_a_phone_a_student_is_one_line_of_the_grades(installation: Installation) -> None:
    page = browser(installation, "tina").get("/competitions/tiny/grades").text

    assert page.count('<td class="n num">') == page.count('<span class="soft block secondary">') > 0
    assert (
        '<p class="only-small soft">The halves of the points and the scores stand on a person\'s page' in page
    )
