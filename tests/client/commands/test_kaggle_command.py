"""`splitboard kaggle`: which client it runs, with what around it, and how it ends."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.client import answers
from tests.client.answers import TOKEN
from tests.client.conftest import Splitboard
from tests.client.stub_server import Answer, StubServer

pytestmark = pytest.mark.usefixtures("signed_in")

PROGRAM = """#!{python}
import json, os, sys
if "--version" in sys.argv:
    print("Kaggle CLI {version}")
else:
    own = {{name: value for name, value in os.environ.items() if "KAGGLE" in name or "proxy" in name.lower()}}
    open({record!r}, "w").write(json.dumps([sys.argv[1:], own, os.listdir(os.environ["KAGGLE_CONFIG_DIR"])]))
sys.exit(7)
"""


@pytest.fixture
def account(server: StubServer) -> StubServer:
    """A server that knows Alice."""
    server.prepare("GET", "/api/me", Answer(200, answers.USER))
    return server


def program(folder: Path, version: str) -> Path:
    """A program that calls itself Kaggle's client, and writes down how it was run."""
    record, path = folder / "record.json", folder / "bin" / "kaggle"
    path.parent.mkdir()
    path.write_text(PROGRAM.format(python=sys.executable, version=version, record=str(record)))
    path.chmod(0o755)
    return record


def test_the_client_is_run_with_its_words_and_its_end_is_ours(
    account: StubServer, splitboard: Splitboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = program(tmp_path, "2.2.5")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    for name in ("KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_PROXY"):
        monkeypatch.setenv(name, "a real one")
    monkeypatch.setenv("KAGGLE_COMPETITION", "hw01")

    ended = splitboard("kaggle", "competitions", "submit", "hw01", "-f", "p.csv", "--help")

    words, environment, config = json.loads(record.read_text())
    assert ended.status == 7
    assert words == ["competitions", "submit", "hw01", "-f", "p.csv", "--help"]
    assert config == []
    relay = environment["http_proxy"]
    assert relay.startswith("http://127.0.0.1:")
    assert environment | {"https_proxy": relay, "all_proxy": relay, "no_proxy": ""} == environment
    assert environment["KAGGLE_API_ENVIRONMENT"] == "LOCALHOST"
    assert (environment["KAGGLE_API_TOKEN"], environment["KAGGLE_KEY"]) == (TOKEN, TOKEN)
    assert environment["KAGGLE_COMPETITION"] == "hw01"
    assert "a real one" not in environment.values()


def test_without_a_client_a_sentence_says_how_to_get_one(
    splitboard: Splitboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    ended = splitboard("kaggle", "competitions", "list")

    assert ended.status == 2
    assert "pip install kaggle six" in ended.err


@pytest.mark.parametrize(("version", "words"), [("1.5.13", "1.5.14 is the first"), ("unknown", "version")])
def test_a_client_that_would_go_to_kaggle_is_not_run(
    account: StubServer,
    splitboard: Splitboard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    words: str,
) -> None:
    record = program(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    ended = splitboard("kaggle", "competitions", "list")

    assert ended.status == 2
    assert words in ended.err
    assert not record.exists()
