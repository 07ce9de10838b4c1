"""Homeworks for the tests: the real ones, built once, and a tiny one whose tiers a test writes itself."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baselines.homework import Homework, homework_named, homework_names, load_homework
from baselines.run import TierRun
from tests.support import homeworks

DATA = """
from pathlib import Path
def build(out, *, seed=1):
    for name in ("public", "private"):
        (out / name).mkdir(parents=True)
    (out / "public" / "sample_submission.csv").write_text("id,y\\n0,0\\n1,0\\n")
    (out / "private" / "answer_key.csv").write_text(f"id,y,Usage\\n0,{seed},Public\\n1,2,Private\\n")
"""
COMPETITION = """
title = "Tiny"
metric = "rmse"
id_column = "id"
target_columns = ["y"]
daily_limit = 5
final_selections = 2
unselected = "best_public"
reset_zone = "Asia/Taipei"
opens_at = 2027-02-26T14:00:00+08:00
deadline_at = 2027-03-26T23:59:00+08:00
late_until = 2027-03-28T23:59:00+08:00
reveal_at = 2027-03-29T00:00:00+08:00
"""
TIER = """
[[tier]]
name = "{name}"
hint = "Think."
minutes = 0.1
hardware = "a laptop"
needs_torch = false
points_public = 1
points_private = 0.5
"""
PREDICT = """
import pandas as pd
def predict(public, *, seed, device, dry_run=False):
{body}
    return pd.DataFrame({{"id": [0, 1], "y": [seed, 2]}})
"""
MakeRun = Callable[[str], TierRun]


@pytest.fixture(scope="session", params=homework_names())
def homework(request: pytest.FixtureRequest) -> Homework:
    """Each homework folder in turn."""
    return homework_named(request.param)


@pytest.fixture(scope="session")
def built(homework: Homework) -> Path:
    """The folder in which the homework's public/ and private/ were built, once for all tests."""
    return homeworks.built(homework.name)


@pytest.fixture(scope="session", autouse=True)
def _no_bytecode() -> None:
    """The built data are shared, and a script that is loaded from them must leave nothing beside itself."""
    sys.dont_write_bytecode = True


@pytest.fixture(autouse=True)
def _one_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file graded by a homework's own metric starts no sandbox of its own."""
    monkeypatch.setattr("grader.grade.Sandbox", homeworks.sandbox)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A complete homework folder of a few lines."""
    folder = tmp_path / "hw99_tiny"
    folder.mkdir()
    names = ("simple", "medium", "strong", "boss")
    (folder / "competition.toml").write_text(COMPETITION + "".join(TIER.format(name=name) for name in names))
    (folder / "description.md").write_text("# Tiny\n")
    (folder / "data.py").write_text(DATA)
    for name in names:
        (folder / f"{name}.py").write_text(PREDICT.format(body="    pass"))
    return folder


@pytest.fixture
def make_run(tiny: Path, tmp_path: Path) -> Iterator[MakeRun]:
    """A run of the tiny homework's simple tier, whose predict() begins with the given lines."""

    def make(body: str) -> TierRun:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (tiny / "simple.py").write_text(PREDICT.format(body=lines))
        folder = tmp_path / "scratch"
        return TierRun(
            homework=load_homework(tiny),
            tier="simple",
            seed=7,
            public=tmp_path,
            folder=folder,
            limit_seconds=60,
        )

    return make
