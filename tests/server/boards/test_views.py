"""What is shown of a board: searched, in another order, as a file; ranks stay what they are."""

import csv
import io
from datetime import timedelta

import pytest

from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.order import Sort, ordered
from server.domain.boards.tier_ahead import TierAhead, tier_ahead
from tests.support.installation import Installation
from tests.support.tiny_homework import NOW

API = "/api/competitions/tiny/leaderboard"


def row(
    team_id: int, score: float, *, team: str = "", tier: str | None = None, submissions: int = 1
) -> BoardRow:
    """A row; the larger its team's id, the later its file."""
    return BoardRow(
        rank=None if tier else team_id,
        tied_with=None,
        team_id=team_id,
        team=team or f"Team {team_id}",
        tier=tier,
        hint=None,
        minutes=None,
        hardware=None,
        score=score,
        received_at=NOW + timedelta(minutes=team_id),
        submissions=submissions,
    )


ROWS = [
    row(1, 0.9, team="birch", submissions=3),
    row(8, 0.8, tier="boss"),
    row(2, 0.7, team="Ash", submissions=5),
    row(9, 0.6, tier="simple"),
    row(3, 0.5, team="cedar", submissions=5),
]


@pytest.mark.parametrize(
    ("sort", "teams"),
    [
        (Sort.RANK, [1, 8, 2, 9, 3]),
        (Sort.RANK_DOWN, [3, 9, 2, 8, 1]),
        (Sort.TEAM, [2, 1, 3]),
        (Sort.TEAM_DOWN, [3, 1, 2]),
        (Sort.SUBMISSIONS, [1, 2, 3]),
        (Sort.SUBMISSIONS_DOWN, [2, 3, 1]),
        (Sort.RECEIVED, [1, 2, 3]),
        (Sort.RECEIVED_DOWN, [3, 2, 1]),
    ],
)
def test_rows_stand_by_a_column_and_thresholds_between_ranks_alone(sort: Sort, teams: list[int]) -> None:
    assert [each.team_id for each in ordered(ROWS, sort)] == teams


def test_the_tier_ahead_is_the_nearest_above_that_reads_better() -> None:
    equal = [row(1, 0.8, tier="boss"), row(2, 0.7, tier="strong"), row(3, 0.7)]

    assert tier_ahead(ROWS, 4) == TierAhead("simple", pytest.approx(0.1))
    assert tier_ahead(ROWS, 2) == TierAhead("boss", pytest.approx(0.1))
    assert tier_ahead(ROWS, 0) is None
    assert tier_ahead(equal, 2) == TierAhead("boss", pytest.approx(0.1))


@pytest.fixture
def course(installation: Installation) -> Installation:
    """A threshold, and three students of whom one has won a rank since yesterday."""
    installation.train("simple")
    for name, accuracy in (("student0", 0.65), ("student1", 0.5)):
        installation.submit_accuracy(name, accuracy, seed=1)
    installation.clock.advance(timedelta(days=1))
    for name, accuracy in (("student1", 0.95), ("student2", 0.3)):
        installation.submit_accuracy(name, accuracy, seed=2)
    return installation


def table(installation: Installation, viewer: str, address: str) -> list[dict[str, str]]:
    """The rows of a board's file."""
    answer = installation.client(viewer).get(f"{API}/{address}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_board_comes_as_a_file_with_ranks_and_their_moves(course: Installation) -> None:
    rows = table(course, "student0", "public/board.csv")

    assert [(each["rank"], each["change"], each["team"], each["tier"]) for each in rows] == [
        ("1", "1", "Student1", ""),
        ("2", "-1", "Student0", ""),
        ("", "", "simple baseline", "simple"),
        ("3", "", "Student2", ""),
    ]
    shown = course.client("student0").get(f"{API}/public").json()["rows"]
    assert [float(each["score"]) for each in rows] == [each["score"] for each in shown]


def test_a_search_keeps_ranks_and_staff_find_teams_by_their_people(course: Installation) -> None:
    by_name = table(course, "student0", "public/board.csv?q=DENT2")
    by_person = {name: table(course, name, "public/board.csv?q=student2") for name in ("student0", "tina")}
    number = {name: table(course, name, "public/board.csv?q=B0002") for name in ("student0", "tina")}

    assert [(each["rank"], each["team"]) for each in by_name] == [("3", "Student2")]
    assert [each["team"] for each in by_person["tina"]] == ["Student2"]
    assert number["student0"] == []


def test_a_file_follows_the_order_of_its_page(course: Installation) -> None:
    rows = table(course, "student0", "public/board.csv?sort=-team")

    assert [(each["rank"], each["team"]) for each in rows] == [
        ("3", "Student2"),
        ("1", "Student1"),
        ("2", "Student0"),
    ]


def test_the_private_file_opens_with_the_private_board(course: Installation) -> None:
    reveal = course.competition().reveal_at
    student = course.client("student0")

    course.clock.now = reveal - timedelta(microseconds=1)
    before, of_staff = student.get(f"{API}/private/board.csv"), table(course, "tina", "private/board.csv")
    course.clock.now = reveal

    assert before.status_code == 403
    assert before.json()["error"]["code"] == "private_hidden"
    assert table(course, "student0", "private/board.csv") == of_staff


def test_no_cell_of_a_boards_file_is_a_formula(course: Installation) -> None:
    course.client("student2").put("/api/competitions/tiny/team", json={"name": "=1+1"}).raise_for_status()

    rows = table(course, "tina", "public/board.csv?q==1%2B1")

    assert [each["team"] for each in rows] == ["'=1+1"]
