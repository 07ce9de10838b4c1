"""Children end with their parent, whatever they do, and their guards keep nobody waiting."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import psutil

from grader.processes.children import PROJECT, end_group, own_environment, start

WITHIN = 20.0
BUSY = """
import os, pathlib, subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("pids").write_text(f"{os.getpid()} {grandchild.pid}")
while True:
    pass
"""
PARENT = """
import sys, time
from pathlib import Path
from grader.processes.children import own_environment, start

folder = Path(sys.argv[1])
start("busy", environment=own_environment({"PYTHONPATH": f"{folder}:{sys.argv[2]}"}), folder=folder)
time.sleep(600)
"""


def test_a_busy_child_and_its_own_children_end_when_the_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "busy.py").write_text(BUSY)
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(PROJECT)]
    with subprocess.Popen(command, cwd=PROJECT) as parent:
        wait_until(lambda: (tmp_path / "pids").is_file() and (tmp_path / "pids").read_text().count(" ") == 1)
        pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
        os.kill(parent.pid, signal.SIGKILL)

    wait_until(lambda: not any(is_at_work(pid) for pid in pids))


def test_who_reads_a_childs_output_waits_for_the_child_alone(tmp_path: Path) -> None:
    (tmp_path / "short.py").write_text("print('done')")
    surroundings = own_environment({"PYTHONPATH": f"{tmp_path}:{PROJECT}"})
    child = start("short", environment=surroundings, stdout=subprocess.PIPE)

    output, _ = child.communicate(timeout=WITHIN)  # the guard still waits for us
    end_group(child)

    assert output == b"done\n"
    assert child.returncode == 0


def test_a_child_sees_nothing_of_how_it_is_guarded(tmp_path: Path) -> None:
    (tmp_path / "shows.py").write_text(
        dedent("""
        import os, sys
        print(sys.argv[1:], [name for name in os.environ if name.startswith("SPLITBOARD_")])
        """)
    )
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}:{PROJECT}"}
    child = start("shows", ["one", "two"], environment=surroundings, stdout=subprocess.PIPE)

    output, _ = child.communicate(timeout=WITHIN)
    end_group(child)

    assert output == b"['one', 'two'] []\n"


def is_at_work(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def wait_until(is_so: Callable[[], bool]) -> None:
    """Once it is so; fail when it takes too long."""
    end = time.monotonic() + WITHIN
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
