"""The supervisor leaves nobody behind, however it ends, and starts the crashed again. Real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from server.settings import PROJECT

WITHIN = 20.0
SUPERVISE = """
import sys
from server.processes.supervisor import Program, Supervisor
folder = sys.argv[1]
programs = [
    Program(name=name, module=name, environment={"FOLDER": folder}, leaves_first=name == "leaver")
    for name in sys.argv[3:]
]
Supervisor(programs, say=lambda line: print(line, flush=True), patience=float(sys.argv[2])).run()
"""
# A child that has a child of its own, and notes both process ids; a new pair of files each time it is
# started.
FAMILY = """
import os, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
note = Path(os.environ["FOLDER"], f"{__spec__.name}.{os.getpid()}")
note.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
note.with_suffix(".new").rename(note.with_suffix(f".{os.getpid()}.pids"))
"""
MODULES = {
    "sleeper": FAMILY + "time.sleep(600)\n",
    "deaf": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FAMILY + "time.sleep(600)\n",
    "leaver": FAMILY
    + """
import signal
def leave(*_):
    others = [note.read_text().split()[0] for note in note.parent.glob("sleeper.*.pids")]
    alive = [pid for pid in others if Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"]
    time.sleep(0.1)
    Path(os.environ["FOLDER"], "last words").write_text(str(len(alive)))
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
time.sleep(600)
""",
    "finisher": FAMILY + "child.kill()\n",
}


class Supervised:
    """A supervisor in a process of its own, over modules that note their process ids in `folder`."""

    def __init__(self, folder: Path, *names: str, patience: float) -> None:
        for name in names:
            (folder / f"{name}.py").write_text(MODULES[name])
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(folder), str(patience), *names],
            cwd=PROJECT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), str(folder)])},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def families(self) -> list[list[int]]:
        """The process ids that the children have noted so far: each its own and its child's."""
        return [[int(word) for word in file.read_text().split()] for file in self.folder.glob("*.pids")]

    def pids(self) -> list[int]:
        """All of these."""
        return [pid for family in self.families() for pid in family]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    """A function that starts a supervisor; whatever it has started is gone after the test."""
    started: list[Supervised] = []

    def start(*names: str, patience: float = 60.0) -> Supervised:
        started.append(Supervised(tmp_path, *names, patience=patience))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        for pid in filter(is_alive, each.pids()):
            os.kill(pid, signal.SIGKILL)
        each.process.communicate()


def is_alive(pid: int) -> bool:
    """Whether the process is there, and no zombie."""
    try:
        status: str = psutil.Process(pid).status()
    except psutil.NoSuchProcess:
        return False
    return status != psutil.STATUS_ZOMBIE


def wait_until(is_so: Callable[[], bool]) -> None:
    """As soon as `is_so`, and fail when that takes too long."""
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_supervisor_stops_its_children_and_theirs(
    supervise: Callable[..., Supervised], number: signal.Signals
) -> None:
    running = supervise("sleeper")
    wait_until(lambda: len(running.families()) == 1)

    running.process.send_signal(number)
    status = running.process.wait(WITHIN)

    assert status == 0
    assert not any(map(is_alive, running.pids()))


def test_a_child_with_last_words_ends_while_the_others_still_listen(
    supervise: Callable[..., Supervised],
) -> None:
    running = supervise("sleeper", "leaver")
    wait_until(lambda: len(running.families()) == 2)

    running.process.terminate()
    running.process.wait(WITHIN)

    assert (running.folder / "last words").read_text() == "1"
    assert not any(map(is_alive, running.pids()))


def test_children_notice_that_their_supervisor_was_killed(supervise: Callable[..., Supervised]) -> None:
    running = supervise("sleeper")
    wait_until(lambda: len(running.families()) == 1)

    running.process.kill()

    wait_until(lambda: not any(map(is_alive, running.pids())))


def test_a_child_that_is_deaf_to_polite_requests_is_killed(supervise: Callable[..., Supervised]) -> None:
    stopped = supervise("deaf", patience=0.5)
    wait_until(lambda: len(stopped.families()) == 1)

    stopped.process.terminate()
    stopped.process.wait(WITHIN)

    assert not any(map(is_alive, stopped.pids()))


def test_a_second_ctrl_c_ends_the_waiting_for_a_deaf_child(supervise: Callable[..., Supervised]) -> None:
    running = supervise("deaf")
    wait_until(lambda: len(running.families()) == 1)
    began = time.monotonic()

    running.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    running.process.send_signal(signal.SIGINT)
    running.process.wait(WITHIN)

    assert time.monotonic() - began < 4
    assert not any(map(is_alive, running.pids()))


def test_a_crashed_child_is_started_again_and_what_it_left_behind_is_gone(
    supervise: Callable[..., Supervised],
) -> None:
    running = supervise("sleeper")
    wait_until(lambda: len(running.families()) == 1)
    (first,) = running.families()

    os.kill(first[0], signal.SIGKILL)
    wait_until(lambda: len(running.families()) == 2)
    running.process.terminate()
    output, _ = running.process.communicate(timeout=WITHIN)

    assert "sleeper was ended by SIGKILL; starting it again in 0 s." in output
    assert not any(map(is_alive, running.pids()))


def test_a_supervisor_whose_children_have_all_done_their_work_ends(
    supervise: Callable[..., Supervised],
) -> None:
    running = supervise("finisher")

    output, _ = running.process.communicate(timeout=WITHIN)

    assert running.process.returncode == 0
    assert output == ""
    assert len(running.families()) == 1
