"""A tier runs in a child process: what it says is heard, it keeps no secret of ours, and it always ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from baselines.run import (
    RunFailed,
    RunStopped,
    RunTimedOut,
    TierRun,
    child_environment,
    estimate_seconds_left,
    run_tier,
)
from client.api.types.competitions import Progress

MakeRun = Callable[[str], TierRun]
REPORTS_TWICE = """
from baselines.training import report
report(epoch=1, epochs=4, loss=2.5, score=0.75)
report(epoch=4, epochs=4, loss=float('nan'))
"""
WAITS = """
import os, pathlib, time
pathlib.Path("pids").write_text(f"{os.getpid()} {os.getpid()}")
time.sleep(1000)
"""
STARTS_A_GRANDCHILD = """
import os, pathlib, subprocess, time
sleeper = subprocess.Popen(["sleep", "1000"])
pathlib.Path("pids").write_text(f"{os.getpid()} {sleeper.pid}")
time.sleep(1000)
"""
PARENT = """
import sys
from pathlib import Path
from baselines.homework import load_homework
from baselines.run import TierRun, run_tier
folder, scratch = map(Path, sys.argv[1:])
homework = load_homework(folder)
run = TierRun(homework=homework, tier="simple", seed=0, public=folder, folder=scratch, limit_seconds=60)
run_tier(run, tell=lambda progress, text: None, is_wanted=lambda: True)
"""


class Ear:
    """Keeps what a run tells."""

    def __init__(self) -> None:
        self.progress: list[Progress] = []
        self.log = ""

    def tell(self, progress: Progress | None, text: str) -> None:
        self.progress += [progress] if progress else []
        self.log += text


def pids_of(run: TierRun) -> list[int]:
    """The process ids that the tier wrote down, once it has."""
    path = run.folder / "pids"
    for _ in range(300):
        if path.is_file() and len(words := path.read_text().split()) == 2:
            return [int(word) for word in words]
        time.sleep(0.05)
    raise AssertionError("the tier did not start")


def are_gone(pids: list[int]) -> bool:
    """Whether these processes have ended, or do so within five seconds."""
    for _ in range(100):
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_a_run_leaves_predictions_and_tells_what_it_took(make_run: MakeRun) -> None:
    run, ear = make_run("print('reading', device)"), Ear()

    report = run_tier(run, tell=ear.tell, is_wanted=lambda: True)

    assert run.predictions.read_text() == "id,y\n0,7\n1,2\n"
    assert "reading cpu" in ear.log
    assert report.device.startswith("CPU")
    assert report.seconds > 0
    assert 10 < report.peak_memory_mb < 10_000
    assert report.cost.cpu_count
    assert report.cost.gflops
    assert report.cost.gpu_joules is None
    assert set(report.versions) == {"python", "numpy", "pandas"}


def test_progress_is_heard_as_it_comes_with_an_estimate_of_what_is_left(make_run: MakeRun) -> None:
    run, ear = make_run(REPORTS_TWICE.strip()), Ear()

    run_tier(run, tell=ear.tell, is_wanted=lambda: True)

    first, last = ear.progress
    assert (first.epoch, first.epochs, first.loss, first.score) == (1, 4, 2.5, 0.75)
    assert first.seconds_left > 0
    assert (last.epoch, last.loss, last.seconds_left) == (4, None, 0.0)


def test_a_tier_that_breaks_ends_in_an_error_with_its_last_words(make_run: MakeRun) -> None:
    run = make_run("print('so far so good')\nraise ValueError('no such column')")

    with pytest.raises(RunFailed, match=r"(?s)status 1.*so far so good.*ValueError: no such column"):
        run_tier(run, tell=Ear().tell, is_wanted=lambda: True)


def test_a_tier_killed_by_the_system_is_told_by_its_signal(make_run: MakeRun) -> None:
    run = make_run("import os\nos.kill(os.getpid(), 9)")

    with pytest.raises(RunFailed, match="signal 9"):
        run_tier(run, tell=Ear().tell, is_wanted=lambda: True)


def test_a_tier_that_takes_too_long_is_killed(make_run: MakeRun) -> None:
    slow = make_run("import time\ntime.sleep(1000)")
    run = TierRun(**{**vars(slow), "limit_seconds": 2.0})

    with pytest.raises(RunTimedOut, match="longer than its 2 seconds"):
        run_tier(run, tell=Ear().tell, is_wanted=lambda: True)


def test_a_run_that_nobody_wants_dies_with_all_it_has_started(make_run: MakeRun) -> None:
    run = make_run(STARTS_A_GRANDCHILD.strip())

    with pytest.raises(RunStopped):
        run_tier(run, tell=Ear().tell, is_wanted=lambda: not (run.folder / "pids").is_file())

    assert are_gone(pids_of(run))


def test_the_child_dies_when_its_parent_is_killed(make_run: MakeRun) -> None:
    run = make_run(WAITS.strip())
    arguments = [sys.executable, "-c", PARENT, str(run.homework.folder), str(run.folder)]
    with subprocess.Popen(arguments) as parent:
        pids = pids_of(run)
        os.kill(parent.pid, signal.SIGKILL)

    assert are_gone(pids)


def test_an_old_report_does_not_make_a_failure_a_success(make_run: MakeRun) -> None:
    run_tier(make_run("pass"), tell=Ear().tell, is_wanted=lambda: True)

    with pytest.raises(RunFailed):
        run_tier(make_run("import os\nos._exit(0)"), tell=Ear().tell, is_wanted=lambda: True)


def test_the_child_sees_none_of_our_secrets(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITBOARD_WORKER_TOKEN", "sbw_secret")
    monkeypatch.setenv("DATABASE_PASSWORD", "secret, too")
    run, ear = make_run("import os\nprint(sorted(os.environ), list(os.environ.values()))"), Ear()

    run_tier(run, tell=ear.tell, is_wanted=lambda: True)

    assert "'PATH'" in ear.log
    assert "secret" not in ear.log
    assert "SPLITBOARD" not in ear.log


def test_the_card_that_a_worker_is_given_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")

    assert child_environment(3)["CUDA_VISIBLE_DEVICES"] == "1"


def test_what_is_left_follows_from_the_pace_so_far() -> None:
    assert estimate_seconds_left(epoch=5, epochs=20, elapsed_seconds=10.0) == 30.0
    assert estimate_seconds_left(epoch=20, epochs=20, elapsed_seconds=40.0) == 0.0


def test_a_folder_is_not_imported_by_its_name(tmp_path: Path, make_run: MakeRun) -> None:
    run = make_run("pass")
    (run.folder).mkdir()
    (run.folder / "pandas.py").write_text("raise SystemExit('imported from the working folder')")

    run_tier(run, tell=Ear().tell, is_wanted=lambda: True)
