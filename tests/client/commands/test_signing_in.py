"""Signing in keeps a token where only its owner reads it, and never shows it."""

import json
import stat
from pathlib import Path

import pytest

from client import credentials
from client.credentials import Credentials
from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

MADE = Answer(201, {"token": answers.TOKEN, "name": "laptop", "user": answers.USER})


def test_login_keeps_the_token_for_its_owner_alone_and_never_prints_it(
    server: StubServer, splitboard: Splitboard, home: Path
) -> None:
    server.prepare("POST", "/api/tokens", MADE)

    ended = splitboard("login", "--url", server.url, "--username", "alice", stdin="correct horse\n")

    credentials_file = home / "splitboard" / "credentials.json"
    assert ended.status == 0
    assert "Alice Lin" in ended.out
    assert answers.TOKEN not in ended.out + ended.err
    assert "correct horse" not in ended.out + ended.err
    assert json.loads(credentials_file.read_text())["token"] == answers.TOKEN
    assert stat.S_IMODE(credentials_file.stat().st_mode) == 0o600
    assert [path.name for path in credentials_file.parent.iterdir()] == ["credentials.json"]
    assert json.loads(server.asked[-1].body)["password"] == "correct horse"


def test_login_replaces_an_open_file_by_a_closed_one(
    server: StubServer, splitboard: Splitboard, home: Path
) -> None:
    server.prepare("POST", "/api/tokens", MADE)
    credentials_file = home / "splitboard" / "credentials.json"
    credentials_file.parent.mkdir(parents=True)
    credentials_file.write_text(json.dumps({"url": server.url, "username": "bob", "token": "sbp_old"}))
    credentials_file.chmod(0o644)

    splitboard("login", "--username", "alice", stdin="secret\n")

    assert stat.S_IMODE(credentials_file.stat().st_mode) == 0o600
    assert json.loads(credentials_file.read_text())["username"] == "alice"


def test_login_as_json_shows_no_token(server: StubServer, splitboard: Splitboard) -> None:
    server.prepare("POST", "/api/tokens", MADE)

    ended = splitboard("login", "--url", server.url, "--username", "alice", "--json", stdin="secret\n")

    assert json.loads(ended.out) == {"url": server.url, "username": "alice", "display_name": "Alice Lin"}


def test_a_wrong_password_is_told_in_the_servers_words(server: StubServer, splitboard: Splitboard) -> None:
    words = "This username and password do not belong together."
    server.prepare("POST", "/api/tokens", answers.refusal(401, "not_signed_in", words))

    ended = splitboard("login", "--url", server.url, "--username", "alice", stdin="wrong\n")

    assert (ended.status, ended.err, ended.out) == (3, f"{words}\n", "")


def test_login_without_a_terminal_says_which_option_is_missing(
    server: StubServer, splitboard: Splitboard
) -> None:
    ended = splitboard("login", "--url", server.url)

    assert ended.status == 2
    assert "Username? Give it as an option" in ended.err


def test_the_password_is_not_sent_in_the_open_without_a_warning(splitboard: Splitboard) -> None:
    ended = splitboard("login", "--url", "http://judge.invalid", "--username", "alice", stdin="secret\n")

    assert ended.status == 5
    assert "not encrypted" in ended.err


def test_logout_ends_the_token_on_the_server_and_here(
    server: StubServer, splitboard: Splitboard, signed_in: str, home: Path
) -> None:
    mine = {
        "id": 3,
        "name": "laptop",
        "prefix": signed_in[:8],
        "created_at": answers.NOW,
        "last_used_at": None,
    }
    other = {**mine, "id": 4, "prefix": "sbp_else"}
    server.prepare("GET", "/api/tokens", Answer(200, {"tokens": [other, mine]}))
    server.prepare("DELETE", "/api/tokens/3", Answer(204))

    ended = splitboard("logout", "--json")

    assert json.loads(ended.out) == {"url": server.url, "ended_on_server": True}
    assert len(server.asked_of("DELETE", "/api/tokens/3")) == 1
    assert list((home / "splitboard").iterdir()) == []


def test_logout_forgets_the_token_even_when_the_server_is_away(splitboard: Splitboard, home: Path) -> None:
    credentials.save(Credentials(url="http://127.0.0.1:9", token=answers.TOKEN, username="alice"))

    ended = splitboard("logout")

    assert ended.status == 0
    assert "could not be asked" in ended.err
    assert list((home / "splitboard").iterdir()) == []


def test_logout_without_a_token_is_a_misuse(splitboard: Splitboard) -> None:
    assert splitboard("logout").status == 2


def test_without_a_token_a_command_says_how_to_get_one(splitboard: Splitboard) -> None:
    ended = splitboard("competitions")

    assert ended.status == 3
    assert "Run `splitboard login` first" in ended.err


def test_the_environment_goes_before_the_kept_token(
    server: StubServer, splitboard: Splitboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.prepare("GET", "/api/competitions", Answer(200, {"competitions": []}))
    credentials.save(Credentials(url="http://127.0.0.1:9", token="sbp_kept", username="alice"))
    monkeypatch.setenv("SPLITBOARD_URL", f"{server.url}/")
    monkeypatch.setenv("SPLITBOARD_TOKEN", "sbp_environment")

    ended = splitboard("competitions")

    assert ended.status == 0
    assert server.asked[-1].headers["authorization"] == "Bearer sbp_environment"


def test_a_kept_token_is_not_sent_to_another_server(
    server: StubServer, splitboard: Splitboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials.save(Credentials(url="https://judge.example.edu", token=answers.TOKEN, username="alice"))
    monkeypatch.setenv("SPLITBOARD_URL", server.url)

    ended = splitboard("competitions")

    assert ended.status == 3
    assert "signed in to https://judge.example.edu, not to" in ended.err
    assert server.asked == []


def test_a_damaged_credentials_file_is_named(splitboard: Splitboard, home: Path) -> None:
    credentials_file = home / "splitboard" / "credentials.json"
    credentials_file.parent.mkdir(parents=True)
    credentials_file.write_text("{")

    ended = splitboard("competitions")

    assert ended.status == 2
    assert f"{credentials_file} is damaged" in ended.err


def test_credentials_show_no_token_in_print() -> None:
    assert answers.TOKEN not in repr(Credentials(url="http://x", token=answers.TOKEN, username="alice"))


def test_what_the_token_is_for_is_asked_for_and_else_left_to_the_server(
    server: StubServer, splitboard: Splitboard
) -> None:
    words = ("login", "--url", server.url, "--username", "alice")
    server.prepare("POST", "/api/tokens", MADE)
    splitboard(*words, stdin="secret\n")
    usual = json.loads(server.asked[-1].body)
    splitboard(*words, "--scope", "read", "--scope", "submit", "--days", "30", stdin="secret\n")
    chosen = json.loads(server.asked[-1].body)

    assert not usual.keys() & {"scopes", "days"}
    assert (chosen["scopes"], chosen["days"]) == (["read", "submit"], 30)


NEEDED = answers.refusal(401, "code_needed", "This account has a second factor.")


def test_a_code_is_sent_as_an_option_or_asked_for_at_a_terminal(
    server: StubServer, splitboard: Splitboard, at_terminal: Splitboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: "secret")
    words = ("login", "--url", server.url, "--username", "alice")
    server.prepare("POST", "/api/tokens", NEEDED)
    refused = splitboard(*words, stdin="secret\n")
    server.prepare("POST", "/api/tokens", MADE)
    by_option = splitboard(*words, "--code", "123456", stdin="secret\n")

    server.prepare("POST", "/api/tokens", NEEDED, MADE)
    typed = at_terminal(*words, stdin="654321\n")

    assert (refused.status, refused.err) == (3, "This account has a second factor.\n")
    assert (by_option.status, typed.status) == (0, 0)
    assert "Code of your app" in typed.err
    bodies = [json.loads(each.body) for each in server.asked]
    assert [body.get("code") for body in bodies] == [None, "123456", None, "654321"]
