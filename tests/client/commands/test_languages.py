"""The command in its reader's language: which one that is, and that nothing of it stays English."""

import json
import re
from pathlib import Path

import pytest

from client.__main__ import COMMANDS, help_text
from client.api.client import Api
from client.language import language
from client.output.help_page import columns
from tests.client import answers
from tests.client.commands.test_team_command import invitation, team
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

FOOD = "/api/competitions/food"
# What is no sentence of ours: the answers' own words, names of commands, files, metrics and zones.
NAMES = {
    "Canvas",
    "Kaggle",
    "Codabench",
    "Moodle",
    "LTI",
    *("Kaggle", "WORDS"),
    # Of the answers.
    *("food", "Food", "images", "accuracy", "Asia", "Taipei", "UTC", "Alice", "Lin", "alice", "Bob"),
    *("Foxes", "Bears", "Wu", "bob", "simple", "pred", "starter", "py", "nope", "other", "ml", "id", "label"),
    # Of commands, and what stands for their words.
    *(part for name in COMMANDS for part in name.split("-")),
    *("show", "invite", "accept", "decline", "withdraw", "leave", "rename"),
    *("list", "read", "mail", "only", "none", "KEY", "KIND"),  # of notices
    *("no", "origin", "Git", "profile", "quiet", "NAME", "watch", "follow", "pattern", "DIR", "SHELL"),
    *(
        "bash",
        "zsh",
        "fish",
        "eval",
        "bashrc",
        "zshrc",
        "config",
        "completions",
        "shell",
        "Ctrl",
        "SPLITBOARD_PROFILE",
    ),
    *("scope", "days", "staff"),  # of tokens
    *(
        "OPTIONS",
        "ARGS",
        "COMMAND",
        "SLUG",
        "COURSE",
        "FILE",
        "RECEIPT",
        "ID",
        "TIME",
        "str",
        "int",
        "range",
        "file",
        "message",
        "note",
        "path",
    ),
    *(
        "help",
        "json",
        "url",
        "username",
        "to",
        "like",
        "metric",
        "yes",
        "receipt",
        "remove",
        "private",
        "top",
        "at",
    ),
    *("key", "invitation", "student", "name", "submission"),
    # Of formats, files and settings.
    *(
        "csv",
        "CSV",
        "gzip",
        *("tar", "gz", "ipynb"),
        "zip",
        "JSON",
        "SHA",
        "salt",
        "http",
        "ms",
        "rmse",
        "format",
        "key_id",
        "signature",
    ),
    *("sample_submission", "answer_key", "Splitboard", "SPLITBOARD_URL", "SPLITBOARD_TOKEN", "splitboard"),
}


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_LANGUAGE", "zh_TW.UTF-8")


@pytest.fixture
def course(server: StubServer, signed_in: str, predictions: Path) -> None:
    """A server with an answer for each command."""
    late = answers.submission(
        state="invalid", public_score=None, is_late=True, is_final=True, is_excluded=True
    )
    hour_ago = answers.submission(private_score=0.5)
    content = b"id,label\n"
    for method, path, body in (
        ("GET", "/api/competitions", {"competitions": [answers.competition()]}),
        ("GET", FOOD, answers.competition()),
        ("GET", f"{FOOD}/files", {"files": [answers.file("starter.py", content)]}),
        ("GET", f"{FOOD}/submissions", {"submissions": [late, hour_ago]}),
        ("GET", "/api/submissions/41", answers.submission()),
        ("PUT", "/api/submissions/41/final", answers.submission(is_final=True)),
        ("POST", f"{FOOD}/submissions", answers.receipt(is_late=True, repeated=True)),
        ("GET", f"{FOOD}/leaderboard/public", answers.board(answers.row())),
        ("GET", f"{FOOD}/leaderboard/private/at", answers.past_board(answers.row())),
        ("GET", f"{FOOD}/leaderboard/public/me", {"row": answers.row()}),
        ("GET", f"{FOOD}/team", team(invitations=[invitation(), invitation(is_merge=True)])),
        ("GET", f"{FOOD}/commitment", answers.commitment()),
    ):
        server.prepare(method, path, Answer(200, body))
    server.prepare("GET", f"{FOOD}/files/starter.py", Answer(200, content))
    Path("other.json").write_text("{}")


def english(text: str) -> list[str]:
    """The words of a text that are neither Chinese nor a name."""
    return [word for word in re.findall(r"[A-Za-z_]{2,}", text) if word not in NAMES]


@pytest.mark.usefixtures("chinese", "course")
def test_no_command_says_a_word_of_english_to_who_reads_chinese(splitboard: Splitboard) -> None:
    for words in (
        *("competitions", "download food", "download food", "submissions food", "submit food pred.csv"),
        *("final food 41", "leaderboard food", "leaderboard food --private --at 2026-03-14T20:00"),
        *(
            "team food",
            "verify food",
            "verify other.json",
            "team accept food",
            "check pred.csv --like pred.csv",
        ),
        *("final food 41x", "nope", "submit food", "submit food nope.csv", "leaderboard --nope", "team"),
        *(
            "submit food .",
            "leaderboard food --top 0",
            "leaderboard food --top x",
            "team nope nope nope",
            "check pred.csv --like",
        ),
        *("login --url", "logout", "logout"),
    ):
        ended = splitboard(*words.split())
        ours = re.sub("Nothing prepared for .*", "", ended.out + ended.err)
        assert english(ours) == [], words


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "name", [*(n for n, each in COMMANDS.items() if each.group == "Students"), "team accept"]
)
def test_help_is_chinese_and_fits_a_terminal(splitboard: Splitboard, name: str) -> None:
    ended = splitboard(*name.split(), "--help")

    assert (ended.status, english(ended.out)) == (0, [])
    assert max(map(columns, ended.out.splitlines())) <= 80


@pytest.mark.usefixtures("chinese")
def test_the_list_of_commands_is_chinese() -> None:
    assert english(help_text()) == []


@pytest.mark.usefixtures("chinese", "course")
def test_facts_and_columns_stand_below_each_other(splitboard: Splitboard) -> None:
    facts = splitboard("submit", "food", "pred.csv").out.splitlines()[1:]
    table = splitboard("competitions").out.splitlines()

    assert {columns(re.match(r"\S+\s+", line)[0]) for line in facts} == {14}
    assert columns(table[0].partition("課程")[0]) == columns(table[1].partition("ml-2026")[0])


@pytest.mark.usefixtures("chinese", "course")
def test_the_server_is_asked_for_the_readers_language_and_in_english_for_a_program(
    server: StubServer, splitboard: Splitboard
) -> None:
    splitboard("competitions")
    printed = splitboard("competitions", "--json")
    refused = splitboard("final", "other", "41", "--json")
    with Api(server.url) as api:
        api.competitions()

    assert [one.headers["accept-language"] for one in server.asked] == ["zh-TW", "en", "en", "en"]
    assert json.loads(printed.out)["competitions"][0]["state"] == "open"
    assert json.loads(refused.out)["error"]["message"] == "Submission 41 belongs to food, not to other."


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh-TW"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_TW.UTF-8", "LANGUAGE": "fr:en:zh_TW"}, "en"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_HK"}, "zh-TW"),
        ({"LC_ALL": "en_US.UTF-8", "SPLITBOARD_LANGUAGE": "zh-TW"}, "zh-TW"),
        ({"LC_ALL": "zh_TW.UTF-8", "SPLITBOARD_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_environment_names_the_language(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str
) -> None:
    for name in ("SPLITBOARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANGUAGE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert language() == expected
