"""`splitboard submit`: what it prints, and the exit codes that scripts trust."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, Cut, StubServer

DOOR = "/api/competitions/food/submissions"
LATER = "You have used 5 of 5 submissions today. The next day begins at 00:00 in Asia/Taipei."

pytestmark = pytest.mark.usefixtures("signed_in")


@pytest.fixture
def competition(server: StubServer) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition()))


@pytest.mark.usefixtures("competition")
def test_submit_shows_score_rank_tiers_what_is_left_and_the_servers_time(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    ended = splitboard("submit", "food", str(predictions))

    assert ended.status == 0
    assert ended.out.splitlines() == [
        "Public score  0.8125 (accuracy)",
        "Rank          12 of 318",
        "Tiers passed  simple",
        "Left today    3 of 5; the next day begins Sun 2026-03-15 00:00 Asia/Taipei, in 4 h 0 min",
        "Server time   43 ms, for submission 41",
    ]
    assert ended.err == ""


@pytest.mark.usefixtures("competition")
@pytest.mark.parametrize(
    ("flags", "line", "remark"),
    [
        ({"is_late": True}, "Late          it counts on neither board", "late"),
        ({"is_late": True, "is_practice": True}, "Practice      it counts nowhere", "practice"),
        ({"is_trial": True, "rank": None}, "Trial         it counts nowhere", "trial"),
    ],
)
def test_a_file_that_does_not_count_as_others_do_is_called_so(
    server: StubServer,
    splitboard: Splitboard,
    predictions: Path,
    flags: dict[str, Any],
    line: str,
    remark: str,
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt(**flags)))
    server.prepare("GET", DOOR, Answer(200, {"submissions": [answers.submission(**flags)]}))

    sent, listed = splitboard("submit", "food", str(predictions)), splitboard("submissions", "food")

    assert line in sent.out.splitlines()
    assert sent.out.count("it counts") == 1
    assert listed.out.splitlines()[-1].split()[-1] == remark


@pytest.mark.usefixtures("competition")
def test_submit_as_json_prints_the_receipt(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    ended = splitboard("submit", "food", str(predictions), "--json")

    printed = json.loads(ended.out)
    assert ended.status == 0
    assert {name: printed[name] for name in answers.receipt()} == answers.receipt()


@pytest.mark.usefixtures("competition")
def test_the_same_file_again_is_told_with_its_earlier_result(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Answer(200, answers.receipt(repeated=True)))

    ended = splitboard("submit", "food", str(predictions))

    assert ended.status == 0
    assert ended.out.startswith(
        "Your team sent this very file before: this is that result, and no submission was used.\n"
    )


@pytest.mark.usefixtures("competition")
def test_an_invalid_file_lists_every_problem_with_its_lines(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    words = "The file has 1 problem; no slot was used."
    server.prepare(
        "POST", DOOR, answers.refusal(422, "invalid_submission", words, problems=[answers.PROBLEM])
    )

    ended = splitboard("submit", "food", str(predictions))

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.splitlines() == [
        words,
        "- 2 ids appear more than once. (lines 4, 7, ...)",
        "  Give each id one row.",
        "  for example: 'a1', 'a2'",
    ]


@pytest.mark.usefixtures("competition")
def test_an_invalid_file_as_json_is_an_error_object(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    refused = answers.refusal(422, "invalid_submission", "One problem.", problems=[answers.PROBLEM])
    server.prepare("POST", DOOR, refused)

    ended = splitboard("submit", "food", str(predictions), "--json")

    assert ended.status == 1
    assert json.loads(ended.out) == refused.body
    assert ended.err == "One problem.\n"


@pytest.mark.usefixtures("competition")
@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (answers.refusal(413, "too_large", "The file is larger than 1 MB."), 1),
        (answers.refusal(422, "invalid_request", "There is no such page."), 2),
        (answers.refusal(422, "idempotency_mismatch", "That key belongs to other bytes."), 5),
        (answers.refusal(404, "not_found", "There is no competition 'food'."), 2),
        (answers.refusal(401, "not_signed_in", "Sign in first."), 3),
        (answers.refusal(403, "not_allowed", "You are not in this course."), 3),
        (answers.refusal(429, "daily_limit_reached", LATER), 4),
        (answers.refusal(429, "too_many_invalid", "Too many invalid files this hour."), 4),
        (answers.refusal(403, "not_open", "It opens on Monday."), 4),
        (answers.refusal(403, "closed", "It closed on Sunday."), 4),
        (answers.refusal(403, "invented_later", "Not you."), 3),
        (answers.refusal(500, "our_fault", "It is our fault, and it was not counted."), 5),
    ],
)
def test_a_refusal_is_told_word_for_word_with_its_exit_code(
    server: StubServer, splitboard: Splitboard, predictions: Path, refused: Answer, status: int
) -> None:
    server.prepare("POST", DOOR, refused)

    ended = splitboard("submit", "food", str(predictions))

    assert isinstance(refused.body, dict)
    assert (ended.status, ended.out) == (status, "")
    assert ended.err == f"{refused.body['error']['message']}\n"


@pytest.mark.usefixtures("competition")
def test_a_server_that_never_answers_is_exit_code_5(
    server: StubServer, splitboard: Splitboard, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Cut())

    ended = splitboard("submit", "food", str(predictions))

    assert ended.status == 5
    assert f"No answer from {server.url}" in ended.err


@pytest.mark.parametrize(
    "words", [("submit", "food"), ("submit", "food", "missing.csv"), ("leaderboard", "--no")]
)
def test_what_is_not_understood_is_exit_code_2(splitboard: Splitboard, words: tuple[str, ...]) -> None:
    assert splitboard(*words).status == 2


@pytest.mark.usefixtures("competition")
@pytest.mark.parametrize(("typed", "status", "sent"), [("y\n", 0, 1), ("n\n", 130, 0), ("", 130, 0)])
def test_a_person_is_asked_before_a_slot_is_used(
    server: StubServer, at_terminal: Splitboard, predictions: Path, typed: str, status: int, sent: int
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    ended = at_terminal("submit", "food", str(predictions), stdin=typed)

    assert ended.status == status
    assert "Send pred.csv to Food images? 3 of 5 left today." in ended.err
    assert len(server.asked_of("POST", DOOR)) == sent


@pytest.mark.usefixtures("competition")
def test_yes_answers_the_question_beforehand(
    server: StubServer, at_terminal: Splitboard, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    ended = at_terminal("submit", "food", str(predictions), "--yes")

    assert (ended.status, ended.err) == (0, "")


def test_a_file_that_fails_the_offline_check_is_not_sent(
    server: StubServer, splitboard: Splitboard, predictions: Path, tmp_path: Path
) -> None:
    sample = tmp_path / "sample_submission.csv"
    sample.write_text("id,label\na1,0\na2,0\n")

    ended = splitboard("submit", "food", str(predictions), "--like", str(sample))

    assert ended.status == 1
    assert "Nothing was sent." in ended.err
    assert server.asked == []


@pytest.mark.usefixtures("competition")
def test_an_empty_file_is_the_files_fault(server: StubServer, splitboard: Splitboard, tmp_path: Path) -> None:
    refusal = {
        "error": {"code": "empty_file", "message": "The file is empty: not one byte came.", "details": {}}
    }
    server.prepare("POST", DOOR, Answer(422, refusal))
    (tmp_path / "empty.csv").touch()

    ended = splitboard("submit", "food", str(tmp_path / "empty.csv"))

    assert ended.status == 1
    assert "The file is empty" in ended.err
