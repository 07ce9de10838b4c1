"""The course at a glance: what staff see, what students see, and that neither tells of anybody."""

import csv
import io

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from server.domain.glance import folding
from server.models import Right
from tests.server.first_law.test_two_worlds import QUICK_SESSION, STUDENTS, look, play
from tests.server.glance.crowd import enrol
from tests.server.rights.test_rights import withhold
from tests.support.browser import browser, words
from tests.support.installation import Installation

PAGE = "/courses/ml/glance"


@pytest.fixture
def crowded(installation: Installation) -> Installation:
    """A course of three departments, one of them small, with two trained tiers."""
    installation.train("simple")
    installation.train("strong")
    enrol(installation, {"EE": 24, "CS": 15, "Law": 4})
    return installation


def figures(installation: Installation, name: str) -> dict[tuple[str, str, str], float]:
    """The figures of the file, as this person gets it."""
    answer = installation.client(name).get(f"{PAGE}.csv")
    answer.raise_for_status()
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return {(row["figure"], row["homework"], row["of"]): float(row["value"]) for row in rows}


@pytest.mark.both
def test_staff_see_groups_tiers_and_points(crowded: Installation) -> None:
    crowded.submit_accuracy("student0", 0.9, 1)
    page = words(browser(crowded, "iris").get(PAGE).text)
    known = figures(crowded, "iris")

    assert known["students", "", "EE"] == 24
    assert known["students", "", "others (Law, not named, CS)"] == 22
    assert known["teams", "tiny", "public board"] == 44
    assert known["teams", "tiny", "private board"] == 44
    assert known["taking part, department", "tiny", "EE"] == 24
    assert known["mean points, department", "", "EE"] >= 0
    assert "Law: 4" not in page
    assert "Private scores" in page
    assert "Points so far" in page


@pytest.mark.both
def test_how_many_passed_a_tier_is_counted_as_the_board_counts(crowded: Installation) -> None:
    board = crowded.client("iris").get("/api/competitions/tiny/leaderboard/public").json()["rows"]
    limit = next(row["score"] for row in board if row["tier"] == "simple")
    passed = sum(row["tier"] is None and row["score"] >= limit for row in board)

    known = figures(crowded, "iris")
    page = browser(crowded, "iris").get(PAGE).text

    assert known["passed", "tiny", "simple, public"] == passed
    assert f"{passed} passed simple" in page  # the last step of its line


@pytest.mark.both
def test_students_see_the_open_half_and_their_own_place(crowded: Installation) -> None:
    crowded.submit_accuracy("student0", 0.9, 1)
    student = browser(crowded, "student0").get(PAGE).text
    known = figures(crowded, "student0")

    assert "Your public score is" in words(student)
    assert "Students by department" in student
    assert "Private scores" not in student
    assert "Points so far" not in student
    assert not {figure for figure, _, _ in known} & {"taking part, department", "mean points, department"}
    assert not {of for _, _, of in known if "private" in of}
    assert crowded.client("mallory").get(PAGE).status_code == 404
    crowded.clock.now = crowded.competition().reveal_at
    assert "Private scores" in browser(crowded, "student0").get(PAGE).text


@pytest.mark.both
def test_a_homework_with_few_scores_is_not_drawn_for_students(installation: Installation) -> None:
    installation.submit_accuracy("student0", 0.9, 1)

    student = words(browser(installation, "student0").get(PAGE).text)
    staff = words(browser(installation, "tina").get(PAGE).text)

    assert "No homework has 10 teams with a score yet" in student
    assert "Your public score" not in student
    assert "Fewer than 10 students" in student
    assert "1 team on the public board" in staff


@pytest.mark.both
def test_a_ta_without_the_right_sees_no_private_score(crowded: Installation) -> None:
    withhold(crowded, Right.SEE_PRIVATE)
    assert not {of for _, _, of in figures(crowded, "tina") if "private" in of}


@pytest.mark.both
def test_statements_do_not_grow_with_students_or_homeworks(crowded: Installation) -> None:
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        crowded.client("iris").get(PAGE).raise_for_status()
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert len([each for each in statements if each.startswith("SELECT")]) < 45


def test_no_glance_tells_two_worlds_apart(monkeypatch: pytest.MonkeyPatch, database_kind: str) -> None:
    """The page as it is for a large course: everything is drawn from one team on."""
    monkeypatch.setattr(folding, "LEAST", 1)
    looks = [look(name, path) for name in STUDENTS for path in (PAGE, f"{PAGE}.csv")]
    play([*QUICK_SESSION, look("tina", PAGE), *looks], database_kind)
