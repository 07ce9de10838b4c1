"""`splitboard team`: what it asks the server, what it says, and what it asks before two teams merge."""

import json
from typing import Any

import pytest

from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

TEAM = "/api/competitions/food/team"
BOB = {"username": "bob", "display_name": "Bob Wu"}

pytestmark = pytest.mark.usefixtures("signed_in")


def team(**changes: Any) -> dict[str, Any]:
    return {
        "competition": "food",
        "name": "Foxes",
        "members": [{"username": "alice", "display_name": "Alice Lin"}],
        "team_size": 3,
        "merge_until": answers.MIDNIGHT,
        "can_grow": True,
        "invited": [],
        "invitations": [],
        **changes,
    }


def invitation(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "team": "Bears",
        "members": [BOB],
        "invited_by": "bob",
        "created_at": answers.NOW,
        "is_merge": False,
        "has_submissions": False,
        "members_together": 2,
        "used_together": 0,
        "allowed": 10,
        "refusal": None,
        **changes,
    }


@pytest.mark.parametrize("words", [("team", "food"), ("team", "show", "food")])
def test_a_team_is_shown_with_both_kinds_of_invitations(
    server: StubServer, splitboard: Splitboard, words: tuple[str, ...]
) -> None:
    sent = {"id": 8, "student": "b007", "invited_by": "alice", "created_at": answers.NOW}
    invitations = [invitation(), invitation(id=9, team="Wolves", is_merge=True)]
    server.prepare("GET", TEAM, Answer(200, team(invited=[sent], invitations=invitations)))

    ended = splitboard(*words)

    assert (ended.status, ended.out.splitlines()) == (
        0,
        [
            "Foxes: 1 of at most 3",
            "  Alice Lin (alice)",
            "Invited: b007, invitation 8",
            "Bears invites you, invitation 7: you simply join",
            "Wolves invites you, invitation 9: a merge of the two teams",
        ],
    )


@pytest.mark.parametrize(
    ("words", "method", "path", "body"),
    [
        (("invite", "food", "bob"), "POST", f"{TEAM}/invitations", {"student": "bob"}),
        (("withdraw", "food", "8"), "POST", f"{TEAM}/invitations/8/withdraw", None),
        (("rename", "food", "Red Foxes"), "PUT", TEAM, {"name": "Red Foxes"}),
        (("leave", "food"), "POST", f"{TEAM}/leave", None),
    ],
)
def test_each_command_asks_its_route_and_shows_the_team(
    server: StubServer,
    splitboard: Splitboard,
    words: tuple[str, ...],
    method: str,
    path: str,
    body: dict[str, str] | None,
) -> None:
    server.prepare(method, path, Answer(200, team()))

    ended = splitboard("team", *words, "--json")

    assert ended.status == 0
    assert json.loads(ended.out)["name"] == "Foxes"
    assert json.loads(server.asked[-1].body or b"null") == body


@pytest.mark.parametrize("word", ["accept", "decline"])
def test_the_only_invitation_needs_no_number(server: StubServer, splitboard: Splitboard, word: str) -> None:
    server.prepare("GET", TEAM, Answer(200, team(invitations=[invitation()])))
    server.prepare("POST", f"{TEAM}/invitations/7/{word}", Answer(200, team(name="Bears")))

    ended = splitboard("team", word, "food")

    assert (ended.status, ended.out.splitlines()[0]) == (0, "Bears: 1 of at most 3")


def test_one_of_several_invitations_must_be_named(server: StubServer, splitboard: Splitboard) -> None:
    invitations = [invitation(), invitation(id=9, team="Wolves")]
    server.prepare("GET", TEAM, Answer(200, team(invitations=invitations)))
    server.prepare("POST", f"{TEAM}/invitations/9/accept", Answer(200, team(name="Wolves")))

    unnamed, named = splitboard("team", "accept", "food"), splitboard("team", "accept", "food", "9")

    assert (unnamed.status, unnamed.err) == (2, "Say which invitation: 7 (Bears), 9 (Wolves).\n")
    assert named.status == 0


def test_without_an_invitation_there_is_nothing_to_answer(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("GET", TEAM, Answer(200, team()))

    ended = splitboard("team", "accept", "food")

    assert (ended.status, ended.err) == (2, "Nobody invites you here.\n")


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("\n", 130)])
def test_a_person_is_asked_before_two_teams_merge(
    server: StubServer, at_terminal: Splitboard, typed: str, status: int
) -> None:
    server.prepare("GET", TEAM, Answer(200, team(invitations=[invitation(is_merge=True)])))
    server.prepare("POST", f"{TEAM}/invitations/7/accept", Answer(200, team(name="Bears")))

    ended = at_terminal("team", "accept", "food", stdin=typed)

    assert ended.status == status
    assert "merges your team into Bears: 2 members together" in ended.err
    assert len(server.asked_of("POST", f"{TEAM}/invitations/7/accept")) == (status == 0)


def test_a_refusal_is_shown_in_the_servers_words(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("POST", f"{TEAM}/leave", answers.refusal(409, "conflict", "Your team has sent files."))

    ended = splitboard("team", "leave", "food")

    assert (ended.status, ended.err) == (4, "Your team has sent files.\n")
