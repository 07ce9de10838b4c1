"""What every command of students takes: --profile, --quiet, short names; and what shells complete."""

import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from client.__main__ import COMMANDS
from client.commands import student
from client.credentials import Credentials, save
from tests.client import answers
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

BOARD = "/api/competitions/food/leaderboard/public"
MADE = Answer(201, {"token": "sbp_work", "name": "laptop", "user": answers.USER})


@pytest.mark.parametrize("words", [("--profile", "work"), ("--profile=work",)])
def test_a_profile_is_a_sign_in_by_name(
    server: StubServer,
    splitboard: Splitboard,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    save(Credentials(url="http://127.0.0.1:9", token="sbp_other"))
    server.prepare("POST", "/api/tokens", MADE)
    server.prepare("GET", "/api/competitions", Answer(body={"competitions": []}))

    signed_in = splitboard(
        "login", *words, "--url", server.url, "--username", "alice", stdin="correct horse\n"
    )
    monkeypatch.setenv("SPLITBOARD_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SPLITBOARD_TOKEN", "sbp_of_the_environment")
    listed = splitboard("competitions", *words, "--json")

    assert (signed_in.status, listed.status) == (0, 0)
    assert server.asked[-1].headers["authorization"] == "Bearer sbp_work"
    assert (home / "splitboard" / "profiles" / "work.json").is_file()
    assert json.loads((home / "splitboard" / "credentials.json").read_text())["token"] == "sbp_other"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--profile", "play"), "There is no profile play."),
        (("--profile", "../work"), "names no profile"),
        (("--profile",), "--profile needs a name"),
    ],
)
def test_a_profile_that_is_none_is_named(
    splitboard: Splitboard, words: tuple[str, ...], sentence: str
) -> None:
    ended = splitboard("competitions", *words)

    assert ended.status in (2, 3)
    assert sentence in ended.err


@pytest.mark.parametrize("word", ["-q", "--quiet"])
def test_quiet_prints_errors_alone(
    server: StubServer, splitboard: Splitboard, signed_in: str, predictions: Path, word: str
) -> None:
    server.prepare("GET", "/api/competitions/food", Answer(body=answers.competition()))
    server.prepare(
        "POST",
        "/api/competitions/food/submissions",
        Answer(201, answers.receipt()),
        answers.refusal(422, "invalid_submission", "Not valid.", problems=[answers.PROBLEM]),
    )

    done = splitboard("submit", "food", str(predictions), word)
    refused = splitboard("submit", word, "food", str(predictions))
    as_json = splitboard("submit", word, "food", str(predictions), "--json")

    assert (done.status, done.out, done.err) == (0, "", "")
    assert (refused.status, refused.out) == (1, "")
    assert "2 ids appear more than once" in refused.err
    assert json.loads(as_json.out)["error"]["code"] == "invalid_submission"


def test_after_two_dashes_a_word_is_a_file(splitboard: Splitboard, signed_in: str) -> None:
    ended = splitboard("submit", "food", "--", "--quiet")

    assert "--quiet" in ended.err


@pytest.mark.parametrize(
    ("short", "name"), [("board", "leaderboard"), ("select", "final"), ("files", "file")]
)
def test_a_short_name_is_the_same_command(splitboard: Splitboard, short: str, name: str) -> None:
    own, other = splitboard(short, "--help").out, splitboard(name, "--help").out

    assert own.startswith(f"Usage: splitboard {short} ")
    assert own.splitlines()[1:] == other.splitlines()[1:]


def test_a_board_is_shown_again_when_it_has_changed(
    server: StubServer, splitboard: Splitboard, signed_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = answers.board(answers.row()), answers.board(answers.row(), answers.row(team="Bears"))
    server.prepare("GET", BOARD, *(Answer(body=each) for each in (first, first, second)))
    server.prepare("GET", f"{BOARD}/me", Answer(body={"row": None}))
    looks = iter(range(3))

    def sleep(_: float) -> None:
        if next(looks, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(student, "time", SimpleNamespace(sleep=sleep))

    ended = splitboard("leaderboard", "food", "--follow", "--json")

    values, rest = [], ended.out
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        values.append(value)
        rest = rest[end:].lstrip()
    assert [len(value["rows"]) for value in values] == [1, 2]
    assert ended.status == 130


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_completes_every_command_and_the_options_of_students(
    splitboard: Splitboard, shell: str
) -> None:
    script = splitboard("completion", shell).out

    assert [name for name in COMMANDS if name not in script] == []
    assert "watch" in script
    assert "invite" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["splitboard", "sub"], {"submit", "submissions"}),
        (["splitboard", "submit", "--wa"], {"--watch"}),
        (["splitboard", "team", "inv"], {"invite"}),
        (["splitboard", "serve", "--"], set()),
    ],
)
def test_bash_completes_by_the_script(splitboard: Splitboard, typed: list[str], offered: set[str]) -> None:
    script = splitboard("completion", "bash").out
    words = " ".join(typed)
    program = (
        f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _splitboard; echo ${{COMPREPLY[@]}}"
    )

    ended = subprocess.run(["bash", "-c", program], capture_output=True, encoding="utf-8", check=True)

    assert set(ended.stdout.split()) == offered
