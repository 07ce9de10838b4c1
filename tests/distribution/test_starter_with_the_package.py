"""A starter uses the package where it is installed, and the standard library alone where it is not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from baselines.starter import framed, script_of
from tests.client import answers
from tests.client.stub_server import Answer, StubServer

PREDICT = """\
def predict(public, *, seed, device):
    return pd.read_csv(public / "sample_submission.csv")
"""
SAMPLE = b"id,label\na1,0\n"
DOOR = "/api/competitions/food/submissions"


def run(script: Path, server: StubServer, *paths: str) -> subprocess.CompletedProcess[str]:
    """Run a starter for the competition `food`, with these folders for modules."""
    environment = {
        "SPLITBOARD_URL": server.url,
        "SPLITBOARD_TOKEN": answers.TOKEN,
        "SPLITBOARD_COMPETITION": "food",
    }
    return subprocess.run(
        [sys.executable, "-P", str(script)],
        capture_output=True,
        encoding="utf-8",
        cwd=script.parent,
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join(paths),
            "HOME": str(script.parent),
            "NO_PROXY": "127.0.0.1",
        },
        check=False,
    )


@pytest.fixture
def script(server: StubServer, tmp_path: Path) -> Path:
    """A starter, and a server that has its files and takes its predictions."""
    listed = answers.file("sample_submission.csv", SAMPLE)
    server.prepare("GET", "/api/competitions/food", Answer(body=answers.competition()))
    server.prepare("GET", "/api/competitions/food/files", Answer(body={"files": [listed]}))
    server.prepare("GET", listed["url"], Answer(body=SAMPLE))
    server.prepare("POST", DOOR, Answer(201, answers.receipt(is_practice=False, is_trial=False)))
    path = tmp_path / "starter.py"
    cells = framed([PREDICT], title="Food", packages="", idea="Guess.", device='"cpu"', ids="id")
    path.write_text(script_of(cells), encoding="utf-8")
    return path


def test_a_starter_goes_both_ways_to_the_same_submission(
    installed: Path, script: Path, server: StubServer
) -> None:
    with_it = run(script, server, str(installed))
    without = run(script, server)

    assert (with_it.returncode, without.returncode) == (0, 0), with_it.stderr + without.stderr
    first, second = server.asked_of("POST", DOOR)
    assert first.body == second.body == SAMPLE
    assert (first.query.get("via"), first.query["code_name"]) == ("client", "starter.py")
    assert "via" not in second.query
    assert "Left today: 3 of 5" in with_it.stdout
    assert "submissions left today: 3" in without.stdout
    assert (script.parent / "data" / "food" / "sample_submission.csv").read_bytes() == SAMPLE


def test_a_refusal_is_a_sentence_with_the_package_too(
    installed: Path, script: Path, server: StubServer
) -> None:
    server.prepare("POST", DOOR, answers.refusal(429, "daily_limit_reached", "None is left today."))

    ended = run(script, server, str(installed))

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "None is left today."


def test_another_package_of_that_name_is_not_ours(script: Path, server: StubServer, tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "splitboard.py").write_text("")

    ended = run(script, server, str(tmp_path / "others"))

    assert "submissions left today: 3" in ended.stdout
