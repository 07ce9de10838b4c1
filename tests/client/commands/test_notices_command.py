"""`splitboard notices`: what concerns me, read, and which kinds come by mail."""

import json
from typing import Any

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

pytestmark = pytest.mark.usefixtures("signed_in")

ADDRESS = "/api/me/notices"
NEW: dict[str, Any] = {
    **{"key": "opened:3", "kind": "opened", "text": "Food images is open.", "url": "/competitions/food"},
    **{"course": "ml", "competition": "food", "made_at": answers.MIDNIGHT, "read_at": None},
}
OLD = NEW | {"key": "reply:1", "kind": "reply", "text": "The staff replied.", "read_at": answers.MIDNIGHT}
BOTH = {"unread": 1, "notices": [NEW, OLD]}
KINDS = {
    "wants_mail": True,
    "kinds": [
        {"kind": "reply", "words": "a reply", "by_mail": True},
        {"kind": "opened", "words": "a new homework", "by_mail": False},
    ],
}


def bodies(server: StubServer, method: str, path: str) -> list[object]:
    """What was sent to this route."""
    return [json.loads(one.body) for one in server.asked_of(method, path)]


def test_notices_are_a_table_with_the_new_ones_marked(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", ADDRESS, Answer(200, BOTH))

    ended = splitboard("notices")

    lines = ended.out.splitlines()
    assert ended.status == 0
    assert lines[1].startswith("new")
    assert "Food images is open." in lines[1]
    assert "opened:3" in lines[1]
    assert "The staff replied." in lines[2]
    assert not lines[2].startswith("new")
    assert json.loads(splitboard("notices", "--json").out) == BOTH


def test_who_has_no_notices_reads_so(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", ADDRESS, Answer(200, {"unread": 0, "notices": []}))

    assert splitboard("notices").out == "Nothing concerns you yet.\n"


@pytest.mark.parametrize(
    ("keys", "body"), [(["opened:3", "reply:1"], {"keys": ["opened:3", "reply:1"]}), ([], {})]
)
def test_notices_are_marked_as_read_one_by_one_or_all(
    server: StubServer, splitboard: Splitboard, keys: list[str], body: dict[str, Any]
) -> None:
    server.prepare("POST", f"{ADDRESS}/read", Answer(200, BOTH))

    ended = splitboard("notices", "read", *keys)

    assert ended.status == 0
    assert bodies(server, "POST", f"{ADDRESS}/read") == [body]


def test_kinds_by_mail_are_shown_and_nothing_is_chosen(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", f"{ADDRESS}/kinds", Answer(200, KINDS))

    lines = [line.split() for line in splitboard("notices", "mail").out.splitlines()]

    assert lines == [
        ["kind", "by", "mail", "what"],
        ["reply", "yes", "a", "reply"],
        ["opened", "-", "a", "new", "homework"],
    ]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [(["--only", "reply", "--only", "deadline"], ["reply", "deadline"]), (["--none"], [])],
)
def test_kinds_by_mail_are_chosen(
    server: StubServer, splitboard: Splitboard, words: list[str], chosen: list[str]
) -> None:
    server.prepare("PUT", f"{ADDRESS}/kinds", Answer(200, KINDS | {"wants_mail": False}))

    ended = splitboard("notices", "mail", *words)

    assert bodies(server, "PUT", f"{ADDRESS}/kinds") == [{"by_mail": chosen}]
    assert ended.out.startswith("No notice comes to you by mail")
