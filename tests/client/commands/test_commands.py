"""The student's commands: what they print, and the exit codes that scripts trust."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

DOOR = "/api/competitions/food/submissions"
BOARD = "/api/competitions/food/leaderboard"

pytestmark = pytest.mark.usefixtures("signed_in")


@pytest.fixture
def competition(server: StubServer) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition()))


def test_competitions_show_state_deadline_in_the_courses_zone_and_what_is_left(
    server: StubServer, splitboard: Splitboard
) -> None:
    server.prepare("GET", "/api/competitions", Answer(200, {"competitions": [answers.competition()]}))

    ended = splitboard("competitions")

    assert ended.status == 0
    row = ended.out.splitlines()[1]
    for shown in ("food", "Food images", "open", "Sun 2026-03-15 00:00 Asia/Taipei", "3 of 5"):
        assert shown in row


def test_text_from_others_is_not_taken_for_markup(server: StubServer, splitboard: Splitboard) -> None:
    odd = answers.competition(title="[red]:smile:[/red] \x1b[2J")
    server.prepare("GET", "/api/competitions", Answer(200, {"competitions": [odd]}))

    ended = splitboard("competitions")

    assert "[red]:smile:[/red]" in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.usefixtures("competition")
def test_submissions_show_scores_and_why_a_file_was_refused(
    server: StubServer, splitboard: Splitboard
) -> None:
    refused = answers.submission(id=42, state="invalid", public_score=None, problems=[answers.PROBLEM])
    final = answers.submission(is_final=True, private_score=0.75)
    server.prepare("GET", DOOR, Answer(200, {"submissions": [refused, final]}))

    ended = splitboard("submissions", "food")

    assert ended.status == 0
    assert "2 ids appear more than once." in ended.out
    for shown in ("0.8125", "0.75 ", "final selection"):
        assert shown in ended.out


@pytest.mark.usefixtures("competition")
def test_submissions_say_which_one_the_staff_excluded_and_why(
    server: StubServer, splitboard: Splitboard
) -> None:
    excluded = answers.submission(is_excluded=True, exclusion_reason="Sent by another team.")
    server.prepare("GET", DOOR, Answer(200, {"submissions": [excluded]}))

    ended = splitboard("submissions", "food")

    assert "excluded by the staff: Sent by another team." in " ".join(ended.out.split())


def test_compare_says_how_two_submissions_differ_and_on_which_labels(
    server: StubServer, splitboard: Splitboard
) -> None:
    server.prepare("GET", "/api/submissions/42/comparisons/41", Answer(200, answers.comparison()))

    ended = splitboard("compare", "42", "41")

    words = " ".join(ended.out.split())
    assert ended.status == 0
    assert "Public rows: submission 42 has 0.80, submission 41 0.75. Submission 42 is better." in words
    assert "true label only 42 only 41 cat 31 7" in words


def test_final_chooses_a_submission_of_that_competition(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/submissions/41", Answer(200, answers.submission()))
    server.prepare("PUT", "/api/submissions/41/final", Answer(200, answers.submission(is_final=True)))

    ended = splitboard("final", "food", "41")

    assert (ended.status, ended.out) == (0, "Submission 41 (pred.csv) is now a final selection.\n")
    assert json.loads(server.asked[-1].body) == {"selected": True}


def test_final_does_not_touch_another_competitions_submission(
    server: StubServer, splitboard: Splitboard
) -> None:
    server.prepare("GET", "/api/submissions/41", Answer(200, answers.submission(competition="speech")))

    ended = splitboard("final", "food", "41")

    assert ended.status == 2
    assert server.asked_of("PUT", "/api/submissions/41/final") == []


def test_too_many_final_selections_are_exit_code_4(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", "/api/submissions/41", Answer(200, answers.submission()))
    server.prepare(
        "PUT", "/api/submissions/41/final", answers.refusal(409, "conflict", "You have chosen 2 of 2.")
    )

    ended = splitboard("final", "food", "41")

    assert (ended.status, ended.err) == (4, "You have chosen 2 of 2.\n")


def test_the_board_marks_baselines_and_keeps_my_row_in_sight(
    server: StubServer, splitboard: Splitboard
) -> None:
    baseline = answers.row(rank=None, team="boss", kind="baseline", tier="boss", hint="Ensemble", score=0.9)
    mine = answers.row(rank=200, team="Bob Wu", score=0.4)
    server.prepare("GET", f"{BOARD}/public", Answer(200, answers.board(baseline, answers.row())))
    ahead = [answers.row(), answers.row(rank=198, team="Ann", score=0.5)]
    own = {"row": mine, "ahead": ahead, "next_tier": {"tier": "boss", "difference": 0.5}}
    server.prepare("GET", f"{BOARD}/public/me", Answer(200, own))

    ended = splitboard("leaderboard", "food", "--top", "2")

    lines = [line.split() for line in ended.out.splitlines()]
    assert server.asked[0].query == {"limit": "2"}
    assert ["-", "boss", "(Ensemble)", "0.9000", "-"] in lines
    assert ["1", "Alice", "Lin", "0.8125", "3"] in lines
    assert lines[-4:-1] == [["..."], ["198", "Ann", "0.5000", "3"], ["200", "Bob", "Wu", "0.4000", "3"]]
    assert lines[-1] == ["Your", "team:", "0.5", "to", "boss."]


@pytest.mark.parametrize("kind", ["baseline", "student"])
def test_above_all_tiers_is_said_where_there_are_any(
    server: StubServer, splitboard: Splitboard, kind: str
) -> None:
    board = answers.board(answers.row(), answers.row(rank=None, team="boss", kind=kind, score=0.1))
    server.prepare("GET", f"{BOARD}/public", Answer(200, board))
    own = {"row": answers.row(), "ahead": [], "next_tier": None}
    server.prepare("GET", f"{BOARD}/public/me", Answer(200, own))

    assert ("above all tiers" in splitboard("leaderboard", "food").out) == (kind == "baseline")


def test_the_private_board_before_the_reveal_is_exit_code_3(
    server: StubServer, splitboard: Splitboard
) -> None:
    server.prepare("GET", f"{BOARD}/private", answers.refusal(403, "private_hidden", "It opens on Sunday."))

    ended = splitboard("leaderboard", "food", "--private")

    assert (ended.status, ended.err) == (3, "It opens on Sunday.\n")


def test_the_board_of_a_past_minute_says_which(server: StubServer, splitboard: Splitboard) -> None:
    board = answers.past_board(answers.row(), answers.row(rank=2, team="Bob"))
    server.prepare("GET", "/api/competitions/food/leaderboard/public/at", Answer(200, board))

    ended = splitboard("leaderboard", "food", "--at", "2026-03-14T20:00", "--top", "1")

    assert ended.status == 0
    assert ended.out.startswith("food: public board at Sat 2026-03-14 12:00 UTC, accuracy, higher is better")
    assert ("Alice Lin" in ended.out, "Bob" in ended.out) == (True, False)
    requests = server.asked_of("GET", "/api/competitions/food/leaderboard/public/at")
    assert [one.query for one in requests] == [{"time": "2026-03-14T20:00"}]


def test_the_board_as_json_has_my_row(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", f"{BOARD}/public", Answer(200, answers.board(answers.row())))
    server.prepare("GET", f"{BOARD}/public/me", Answer(200, {"row": None}))

    printed = json.loads(splitboard("leaderboard", "food", "--json").out)

    assert printed == {**answers.board(answers.row()), "mine": None, "ahead": [], "next_tier": None}


def test_a_starter_that_was_changed_stays(server: StubServer, splitboard: Splitboard) -> None:
    code = f'SERVER = "{server.url}"\nCOMPETITION = "food"\n'
    listed = {"files": [answers.file("starter.py", code.encode())]}
    server.prepare("GET", "/api/competitions/food/files", Answer(200, listed))
    server.prepare("GET", "/api/competitions/food/files/starter.py", Answer(200, code.encode()))
    starter = Path("food", "starter.py")

    first = splitboard("download", "food")
    fetched = starter.read_text()
    starter.write_text(code + "EPOCHS = 90\n")
    second = splitboard("download", "food")

    assert (first.status, second.status) == (0, 0)
    assert fetched == code
    assert starter.read_text() == code + "EPOCHS = 90\n"
    assert "(was here)" in second.out


def test_download_puts_verified_files_into_a_folder_named_as_the_competition(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    content = b"id,label\n"
    server.prepare(
        "GET", "/api/competitions/food/files", Answer(200, {"files": [answers.file("a.csv", content)]})
    )
    server.prepare("GET", "/api/competitions/food/files/a.csv", Answer(200, content))

    first = splitboard("download", "food", "--json")
    second = splitboard("download", "food", "--json")

    assert (tmp_path / "food" / "a.csv").read_bytes() == content
    assert [json.loads(one.out)["files"][0]["was_here"] for one in (first, second)] == [False, True]


def test_a_file_in_a_folder_comes_into_that_folder(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    listed = answers.file("images/test/a.csv", b"x")
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": [listed]}))
    server.prepare("GET", "/api/competitions/food/files/images/test/a.csv", Answer(200, b"x"))

    assert splitboard("download", "food").status == 0
    assert (tmp_path / "food" / "images" / "test" / "a.csv").read_bytes() == b"x"


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "/etc/passwd",
        ".bashrc",
        "a\\b.csv",
        "",
        "a/../../b.csv",
        "a//b.csv",
        "a/.ssh/config",
        "C:/b.csv",
    ],
)
def test_a_file_name_that_leaves_the_folder_is_refused(
    server: StubServer, splitboard: Splitboard, tmp_path: Path, name: str
) -> None:
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": [answers.file(name, b"x")]}))

    ended = splitboard("download", "food")

    assert ended.status == 5
    assert not (tmp_path / "food").exists()


def test_a_folder_that_cannot_be_made_is_this_machines_trouble(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    server.prepare(
        "GET", "/api/competitions/food/files", Answer(200, {"files": [answers.file("a.csv", b"x")]})
    )
    (tmp_path / "food").write_text("a file is in the way")

    assert splitboard("download", "food").status == 2


def test_a_teams_own_file_is_fetched_and_never_over_another(
    server: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    content = "id,預測\n".encode()
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    server.prepare("GET", "/api/submissions/41", Answer(200, answers.submission(**facts)))
    server.prepare("GET", "/api/submissions/41/file", Answer(200, content))
    other = tmp_path / "mine.csv"
    other.write_text("my work\n")

    first, second = splitboard("file", "41"), splitboard("file", "41", "--json")
    refused = splitboard("file", "41", "--to", str(other))

    assert (first.status, second.status, refused.status) == (0, 0, 2)
    assert (tmp_path / "submission-41.csv").read_bytes() == content
    assert json.loads(second.out)["files"][0]["was_here"]
    assert other.read_text() == "my work\n"
