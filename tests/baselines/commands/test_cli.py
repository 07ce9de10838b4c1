"""The commands start quickly, work without a server, and say in one sentence what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "pandas", "sklearn", "celery"}


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m baselines` with these arguments, outside any server."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SPLITBOARD_")}
    wide = {"COLUMNS": "200", "TERM": "dumb"}
    return subprocess.run(
        [sys.executable, "-m", "baselines", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**ours, **wide, **environment},
    )


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = f"import sys, baselines.__main__; print({HEAVY!r} & set(sys.modules))"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "set()"


def test_data_are_built_and_a_tier_trained_without_a_server(tmp_path: Path) -> None:
    built = command("build", "hw01_covid", "--out", str(tmp_path), "--seed", "11")
    trained = command(
        "train", "hw01_covid", "simple", "--data", str(tmp_path), "--out", str(tmp_path / "pred.csv")
    )

    assert (built.returncode, trained.returncode) == (0, 0), built.stdout + trained.stdout
    assert (tmp_path / "pred.csv").read_text().startswith("id,tested_positive\n0,")
    assert "CPU" in trained.stdout


def test_building_with_the_known_seed_says_so(tmp_path: Path, tiny: Path) -> None:
    answer = command("build", "hw99_tiny", "--out", str(tmp_path / "out"), "--homeworks", str(tiny.parent))

    assert answer.returncode == 0
    assert "A course needs --seed" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "hw98", "--out", "nowhere"], "there are: hw01_covid, hw02_phoneme"),
        (["train", "hw01_covid", "chief", "--data", ".", "--out", "p.csv"], "There is no tier 'chief'"),
        (["worker"], "Set SPLITBOARD_URL"),
        (["watch", "hw01"], "You are not signed in."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    answer = command(*arguments, XDG_CONFIG_HOME=str(tmp_path))

    assert answer.returncode == 1
    assert words in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


def test_check_tells_what_is_not_as_expected(tiny: Path) -> None:
    halves = "public = [9.0, 9.0, 9.0]\nprivate = [9.0, 9.0, 9.0]\nseconds = 1.0\n"
    tiers = ("simple", "medium", "strong", "boss")
    (tiny / "expected.toml").write_text("".join(f"[{tier}]\n{halves}" for tier in tiers))

    answer = command("check", "hw99_tiny", "--seed", "4", "--homeworks", str(tiny.parent))

    assert answer.returncode == 1
    assert (
        "simple with seed 4 scored 3.0000 on the public half, where 9.0000 +- 0.1800 is expected."
        in answer.stdout
    )
    assert "On the private half boss does not always beat strong." in answer.stdout
