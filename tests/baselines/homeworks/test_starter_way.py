"""The starter's way to the server: each trouble is a sentence, and the verdict is that of the pages."""

import re
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from baselines.homework import load_homework
from baselines.starter import DOWNLOAD, SETTINGS, SUBMIT, cells, script_of
from languages.catalogue import templates
from languages.source_texts import script_in_language
from tests.client import answers
from tests.client.stub_server import Answer, StubServer, running

DOOR = "/api/competitions/food/submissions"
SIMPLE = '''"""Simple: guess."""

import pandas as pd

def predict(public, *, seed, device, dry_run=False):
    return pd.read_csv(public / "sample_submission.csv")
'''
Ran = Callable[..., str]


@pytest.fixture
def server() -> Iterator[StubServer]:
    with running() as stub:
        yield stub


@pytest.fixture
def run(
    server: StubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ran:
    """Run cells of a starter here; what they print, or the sentence with which they end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPLITBOARD_URL", server.url)
    monkeypatch.setenv("SPLITBOARD_COMPETITION", "food")
    monkeypatch.setenv("SPLITBOARD_TOKEN", answers.TOKEN)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # of no concern on this machine

    def run_cells(*texts: str) -> str:
        try:
            exec("\n".join(texts), {})  # noqa: S102  # our own code, as a student runs it
        except SystemExit as end:
            return str(end)
        return capsys.readouterr().out

    return run_cells


def submitted(run: Ran, server: StubServer, answer: Answer) -> str:
    """What a starter says of its upload when the server answers so."""
    Path("predictions.csv").write_bytes(b"id,y\n1,2\n")
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": []}))
    server.prepare("POST", DOOR, answer)
    return run(SETTINGS, DOWNLOAD, SUBMIT)


HTML = {"Content-Type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(413, b"<html>nginx</html>", HTML), "something before the server takes no file of this size"),
        (Answer(502, b"<html>Bad Gateway</html>", HTML), "answered 502 Bad Gateway, without an explanation"),
        (
            Answer(200, b"<html>Welcome to our wireless network</html>", HTML),
            "Something else than a Splitboard",
        ),
        (
            Answer(301, b"", {"Location": "https://ml.example.edu/x"}),
            "sends us on to https://ml.example.edu/x",
        ),
        (answers.refusal(429, "daily_limit_reached", "You have used 5 of 5."), "You have used 5 of 5."),
        (
            answers.refusal(422, "invalid_submission", "No slot was used.", problems=[answers.PROBLEM]),
            "No slot was used.\n2 ids appear more than once.",
        ),
    ],
)
def test_what_stands_in_the_way_is_a_sentence(
    run: Ran, server: StubServer, answer: Answer, words: str
) -> None:
    assert words in submitted(run, server, answer)
    assert [request.method for request in server.asked] == ["GET", "POST"]


def test_a_server_that_is_away_is_a_sentence(run: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_URL", "http://127.0.0.1:9/")

    assert run(SETTINGS, DOWNLOAD).startswith("No answer from http://127.0.0.1:9: ")


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"is_late": True, "rank": None}, "late: it counts on neither board"),
        ({"is_late": True, "is_practice": True, "rank": None}, "practice: it counts nowhere"),
        ({"is_trial": True, "rank": None}, "trial: it counts nowhere"),
        (
            {"repeated": True},
            "Your team sent this very file before: this is that result, and no submission was used.",
        ),
        ({"rank": None}, "public rank: none"),
        ({}, "public rank: 12 of 318"),
        ({}, "public score: 0.8125"),
    ],
)
def test_the_verdict_says_what_the_file_counts_for(
    run: Ran, server: StubServer, facts: dict[str, Any], line: str
) -> None:
    flags = {"is_late": False, "is_practice": False, "is_trial": False}

    lines = submitted(run, server, Answer(201, answers.receipt(**flags | facts))).splitlines()

    assert line in lines
    assert "None" not in "\n".join(lines)
    assert lines[-1] == "submissions left today: 3"


def test_a_chinese_starter_speaks_chinese(run: Ran, server: StubServer) -> None:
    translate = templates("zh-TW").gettext
    chinese = [script_in_language(text, translate) for text in (SETTINGS, DOWNLOAD, SUBMIT)]
    Path("predictions.csv").write_bytes(b"id,y\n1,2\n")
    server.prepare("GET", "/api/competitions/food/files", Answer(200, {"files": []}))
    server.prepare(
        "POST", DOOR, Answer(201, answers.receipt(is_late=False, is_practice=False, is_trial=False))
    )

    printed = run(*chinese)

    assert "公開分數：0.8125\n公開名次：12（共 318 隊）" in printed
    assert re.findall(r"[a-z]{3,} [a-z]+", printed) == []


def test_damaged_data_are_not_kept(run: Ran, server: StubServer, tmp_path: Path) -> None:
    listed = {"files": [answers.file("train.csv", b"x,y\n1,2\n"), answers.file("starter.py", b"no")]}
    server.prepare("GET", "/api/competitions/food/files", Answer(200, listed))
    server.prepare("GET", "/api/competitions/food/files/train.csv", Answer(200, b"x,y\n9,9\n"))

    words = run(SETTINGS, DOWNLOAD)

    assert words == "train.csv was damaged on its way. Run this again."
    assert list(tmp_path.rglob("*.csv")) == []
    assert server.asked_of("GET", "/api/competitions/food/files/starter.py") == []


def test_a_script_beside_its_data_trains_without_a_token_and_without_a_traceback(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "simple.py").write_text(SIMPLE)
    homework, folder = load_homework(tiny), tmp_path / "food"
    folder.mkdir()
    (folder / "starter.py").write_text(script_of(cells(homework)))
    (folder / "sample_submission.csv").write_text(f"{homework.id_column},y\n1,2\n")
    monkeypatch.delenv("SPLITBOARD_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit, match=r"predictions\.csv is written, and not sent without an API token"):
        runpy.run_path(str(folder / "starter.py"))

    assert Path("predictions.csv").read_text() == f"{homework.id_column},y\n1,2\n"
