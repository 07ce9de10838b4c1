"""`splitboard code`: what it sends, and what it says of the versions."""

from pathlib import Path

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

CODE = "/api/competitions/food/code"

pytestmark = pytest.mark.usefixtures("signed_in")


@pytest.fixture
def food(server: StubServer) -> StubServer:
    """A server with the competition `food`."""
    server.prepare("GET", "/api/competitions/food", Answer(200, answers.competition()))
    return server


def test_code_is_sent_as_it_is_and_its_hash_is_shown(
    food: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    file = tmp_path / "程式.py"
    file.write_bytes(b"print()\r\n")
    food.prepare("POST", CODE, Answer(201, {"version": answers.code(is_late=True), "repeated": False}))

    ended = splitboard("code", "food", str(file))

    assert (ended.status, food.asked[-1].body) == (0, b"print()\r\n")
    assert food.asked[-1].query == {"file_name": "程式.py"}
    assert "Handed in: version 2: code.py, 8 B" in ended.out
    assert f"late, by Alice Lin, SHA-256 {answers.code()['sha256']}" in ended.out


def test_the_versions_are_listed_and_a_refusal_is_shown_word_for_word(
    food: StubServer, splitboard: Splitboard, tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    refusal = {"error": {"code": "invalid_code", "message": "The file is cut off.", "details": {}}}
    food.prepare("GET", CODE, Answer(200, {"versions": [answers.code()]}), Answer(200, {"versions": []}))
    food.prepare("POST", CODE, Answer(422, refusal))

    listed, none, refused = (
        splitboard("code", "food"),
        splitboard("code", "food"),
        splitboard("code", "food", str(tmp_path / "x.zip")),
    )

    assert "version 2: code.py, 8 B" in listed.out
    assert none.out == "No code was handed in yet.\n"
    assert (refused.status, refused.err) == (1, "The file is cut off.\n")
