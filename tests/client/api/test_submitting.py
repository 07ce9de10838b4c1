"""An upload is sent whole, repeated safely, and waited for."""

from pathlib import Path

import pytest

from client.api import uploads
from client.api.client import Api
from client.api.errors import ApiError, Unreachable
from tests.client import answers
from tests.client.stub_server import Answer, Cut, StubServer

DOOR = "/api/competitions/food/submissions"
RECEIVED = {"state": "received", "public_score": None, "rank": None, "tiers_passed": []}


def keys_sent(server: StubServer) -> list[str]:
    return [one.headers["idempotency-key"] for one in server.asked_of("POST", DOOR)]


def test_the_raw_file_is_the_body_and_its_name_is_in_the_address(
    server: StubServer, api: Api, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    receipt = api.submit("food", predictions, note="deeper net")

    request = server.asked[-1]
    assert request.body == predictions.read_bytes()
    assert request.query == {"file_name": "pred.csv", "via": "client", "note": "deeper net"}
    assert request.headers["content-length"] == str(len(request.body))
    assert (receipt.public_score, receipt.rank, receipt.tiers_passed) == (0.8125, 12, ("simple",))


def test_a_large_file_goes_in_pieces_and_progress_ends_at_its_size(server: StubServer, api: Api) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))
    content = b"x" * (3 * uploads.PIECE_BYTES + 1)
    seen: list[tuple[int, int]] = []

    api.submit("food", content, progress=lambda done, total: seen.append((done, total)))

    assert len(seen) == 4
    assert seen[-1] == (len(content), len(content))
    assert server.asked[-1].body == content


def test_a_cut_connection_is_tried_again_with_the_same_key_and_bytes(
    server: StubServer, api: Api, predictions: Path
) -> None:
    server.prepare("POST", DOOR, Cut(), Cut(), Answer(200, answers.receipt(repeated=True)))

    receipt = api.submit("food", predictions)

    assert receipt.repeated
    assert len(keys_sent(server)) == 3
    assert len(set(keys_sent(server))) == 1
    assert {one.body for one in server.asked} == {predictions.read_bytes()}


def test_two_submissions_have_two_keys(server: StubServer, api: Api, predictions: Path) -> None:
    server.prepare("POST", DOOR, Answer(201, answers.receipt()))

    api.submit("food", predictions)
    api.submit("food", predictions)

    assert len(set(keys_sent(server))) == 2


def test_tries_come_to_an_end(server: StubServer, api: Api, predictions: Path) -> None:
    server.prepare("POST", DOOR, Cut())

    with pytest.raises(Unreachable):
        api.submit("food", predictions)

    assert len(keys_sent(server)) == 5


@pytest.mark.parametrize(
    "passing",
    [
        Answer(503, b"starting", {"Content-Type": "text/plain"}),
        answers.refusal(409, "idempotency_in_flight", "The first request is still being answered."),
    ],
)
def test_a_passing_refusal_is_waited_out(
    server: StubServer, api: Api, predictions: Path, passing: Answer
) -> None:
    server.prepare("POST", DOOR, passing, Answer(201, answers.receipt()))

    assert api.submit("food", predictions).state == "scored"


def test_a_refusal_that_stays_is_not_repeated(server: StubServer, api: Api, predictions: Path) -> None:
    server.prepare("POST", DOOR, answers.refusal(429, "daily_limit_reached", "You have used 5 of 5."))

    with pytest.raises(ApiError, match="You have used 5 of 5"):
        api.submit("food", predictions)

    assert len(keys_sent(server)) == 1


def test_a_slow_metric_is_waited_for_and_the_rank_asked_from_the_board(
    server: StubServer, api: Api, predictions: Path
) -> None:
    received = answers.submission(**RECEIVED)
    server.prepare("POST", DOOR, Answer(202, answers.receipt(**RECEIVED)))
    server.prepare("GET", "/api/submissions/41", Answer(200, received), Answer(200, answers.submission()))
    server.prepare(
        "GET", "/api/competitions/food/leaderboard/public/me", Answer(200, {"row": answers.row(rank=3)})
    )

    receipt = api.submit("food", predictions)

    assert (receipt.state, receipt.public_score, receipt.rank) == ("scored", 0.8125, 3)
    assert receipt.tiers_passed is None  # unknown is not the same as none
    assert len(keys_sent(server)) == 1


def test_a_file_found_invalid_later_is_refused_as_at_once(
    server: StubServer, api: Api, predictions: Path
) -> None:
    submission = answers.submission(state="invalid", problems=[answers.PROBLEM], public_score=None)
    server.prepare("POST", DOOR, Answer(202, answers.receipt(**RECEIVED)))
    server.prepare("GET", "/api/submissions/41", Answer(200, submission))

    with pytest.raises(ApiError) as refused:
        api.submit("food", predictions)

    assert refused.value.code == "invalid_submission"
    assert refused.value.details["problems"] == [answers.PROBLEM]


def test_patience_ends_with_a_receipt_that_says_received(
    server: StubServer, api: Api, predictions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.05)
    server.prepare("POST", DOOR, Answer(202, answers.receipt(**RECEIVED)))
    server.prepare("GET", "/api/submissions/41", Answer(200, answers.submission(**RECEIVED)))

    assert api.submit("food", predictions).state == "received"
