"""The one way to start a child process of ours, and how it ends.

Each child runs a Python module, leads a process group of its own and is guarded (guarded.py): it ends with
all that it has started when its parent ends, however that happens. A Ctrl-C at a terminal reaches the parent
alone. Only the sandbox of custom metrics is started otherwise (custom_metrics/child_process.py): its child is
not trusted with a guard of its own, and ends by its control socket and by the kernel.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

from grader.processes.guarded import NICENESS, PARENT_FD

# The folder from which this module is imported under its name: the repository, or site-packages.
PROJECT = Path(__file__).resolve().parents[__name__.count(".")]
Stream = int | IO[bytes] | None


def own_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our own environment and `more`, for a child; it finds this project's modules wherever it works."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **(more or {})}


def start(
    module: str,
    arguments: Sequence[str] = (),
    *,
    environment: Mapping[str, str],
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
    descriptors: Sequence[int] = (),
    folder: Path | None = None,
    niceness: int = 0,
) -> "subprocess.Popen[bytes]":
    """Start a module in a process group of its own, which ends when this process does.

    environment: all that the child is told. descriptors: what stays open beside the three streams. folder:
    where it works. niceness: how much it steps back for the others, 0 to 19.
    """
    alive = _alive()
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.guarded", module, *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**environment, PARENT_FD: str(alive), NICENESS: str(niceness)},
        pass_fds=[alive, *descriptors],
        cwd=folder,
        process_group=0,
    )


def end_group(process: "subprocess.Popen[bytes]", number: signal.Signals = signal.SIGKILL) -> None:
    """Signal a child and all that it has started, its guard among them, also when it has ended itself."""
    # A group without members is gone; on macOS one of which only a zombie is left may not be signalled.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@cache
def _alive() -> int:
    """The read end of a pipe whose write end is open for as long as this process lives, and nowhere else."""
    read_end, _ = os.pipe()
    return read_end
