"""The process in which custom metrics run: started by sandbox.py, warm, confined, and forked for every score.

`python -s -P -m grader.custom_metrics.child_main CONTROL [MECHANISM ...]`, with an environment that holds
nothing else's. It loads the libraries, scores rows of its own to warm them, gives up what it can, and then
only forks and watches: it never sees a row of data nor runs a line of a metric. Each score is a fresh copy of
it, which reads its rows from a socket of its own, so nothing of one split or of one submission is there when
the next is scored.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from grader.custom_metrics import confinement
from grader.custom_metrics import self_test as trial
from grader.custom_metrics.confinement import Mechanism

# Wall seconds, CPU seconds, bytes of memory; with it come the data socket and the pipe for the end's reason.
ORDER = struct.Struct("!ddQ")
UTILITIES, SCORER = f"{__package__}.kaggle_metric_utilities", f"{__package__}.score_in_child"
LIBRARIES = (
    "numpy",
    "pandas",
    "pyarrow.ipc",
    "scipy.stats",
    "scipy.special",
    "scipy.spatial.distance",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.ndimage",
    "sklearn.metrics",
    "sklearn.preprocessing",
    "statistics",
    "random",
    "fractions",
    "decimal",
    "string",
    "textwrap",
    "unicodedata",
    "difflib",
    "concurrent.futures.thread",
    UTILITIES,
    SCORER,
)
MEMORY_OF_SELF_TEST = 64 * 2**20
POLL_SECONDS = 0.05  # how late a score that takes too long may be ended


@dataclass(frozen=True, slots=True)
class RunningScore:
    """A score that is being computed: when it must be over (None: it was ended), where to tell its end."""

    overdue_at: float | None
    end: int


def main(arguments: list[str]) -> None:
    """Get ready, say so, and score until the parent closes the control socket or ends."""
    control = socket.socket(fileno=int(arguments[0]))
    walls = _confine(set(Mechanism) - {Mechanism(word) for word in arguments[1:]})
    refusals = trial.run(
        lambda descriptor: shut_in(os.getppid(), descriptor, 1.0, MEMORY_OF_SELF_TEST, walls)
    )
    hello = json.dumps(walls | refusals).encode()
    control.sendall(struct.pack("!I", len(hello)) + hello)
    serve(control, walls)


def _confine(mechanisms: set[Mechanism]) -> dict[str, int]:
    """What holds for this process and each score from now on, with the libraries loaded and all else shut."""
    user = os.geteuid()
    # First of all, since a process with two threads cannot do it, and some libraries start one.
    namespaces = Mechanism.NAMESPACES in mechanisms and confinement.enter_namespaces()
    for name in LIBRARIES:
        with suppress(ModuleNotFoundError):  # not every metric needs every one
            importlib.import_module(name)
    sys.modules["kaggle_metric_utilities"] = sys.modules[UTILITIES]
    paths = sysconfig.get_paths()
    libraries = sorted({paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")})
    sys.path[:] = [path for path in sys.path if path.startswith(tuple(libraries))]
    sys.modules[SCORER].rehearse()
    mapped = confinement.virtual_memory()
    confinement.give_up_privileges()
    os.environ.clear()
    landlock = confinement.show_libraries_alone(libraries) if Mechanism.LANDLOCK in mechanisms else 0
    gc.freeze()  # so that a score's collections leave the shared pages shared
    return {
        "namespaces": int(namespaces),
        "landlock": landlock,
        "seccomp": int(Mechanism.SECCOMP in mechanisms),
        "threads": int(confinement.threads_are_counted(user, namespaces=namespaces)),
        "root": int(user == 0),
        "mapped": mapped,
    }


def serve(control: socket.socket, walls: dict[str, int]) -> None:
    """Start a score for each order, end those that are overdue, and tell how each ended."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, RunningScore] = {}
    while True:
        ready = select.select([control.fileno(), wake], [], [], _seconds_to_wait(running))[0]
        if wake in ready:
            os.read(wake, 4096)
        if control.fileno() in ready and not _start(control, walls, running):
            break
        _end_overdue(running)
        for pid, status in _ended_children():
            _report_end(running.pop(pid), _reason(os.waitstatus_to_exitcode(status)))
    for pid in running:
        os.kill(pid, signal.SIGKILL)


def _seconds_to_wait(running: dict[int, RunningScore]) -> float | None:
    earliest = min(
        (score.overdue_at for score in running.values() if score.overdue_at is not None), default=None
    )
    return None if earliest is None else max(0.0, earliest - time.monotonic()) + POLL_SECONDS


def _start(control: socket.socket, walls: dict[str, int], running: dict[int, RunningScore]) -> bool:
    """Fork for the next order; False when the parent is gone."""
    try:
        order, descriptors, _, _ = socket.recv_fds(control, ORDER.size, 2)
    except ConnectionResetError:
        return False
    if len(order) < ORDER.size:
        return False
    wall, cpu, memory = ORDER.unpack(order)
    data, end = descriptors
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _score(parent, data, cpu, memory, walls)
    os.close(data)
    running[pid] = RunningScore(time.monotonic() + wall, end)
    return True


def _score(parent: int, data: int, cpu: float, memory: int, walls: dict[str, int]) -> None:
    """Run one score in this fresh process and end it. Nothing here returns to the loop above."""
    try:
        shut_in(parent, data, cpu, memory, walls)
        sys.modules[SCORER].answer(3)
    finally:
        os._exit(1)  # `answer` leaves with 0 when its answer is out


def shut_in(parent: int, data: int, cpu: float, memory: int, walls: dict[str, int]) -> None:
    """Keep the descriptor `data`, as 3, and nothing else; take the limits; put up the last wall."""
    confinement.die_with(parent)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(data, 3)
    os.closerange(4, 4096)
    confinement.set_limits(memory_bytes=walls["mapped"] + memory, cpu_seconds=max(1, round(cpu)))
    if walls["seccomp"]:
        confinement.allow_few_calls(opening=walls["landlock"] > 0, threads=walls["threads"] > 0)


def _end_overdue(running: dict[int, RunningScore]) -> None:
    for pid, score in running.items():
        if score.overdue_at is not None and score.overdue_at <= time.monotonic():
            os.kill(pid, signal.SIGKILL)
            running[pid] = RunningScore(None, score.end)
            with suppress(OSError):
                os.write(score.end, b"time")


def _ended_children() -> Iterator[tuple[int, int]]:
    with suppress(ChildProcessError):
        while True:
            pid, status, _ = os.wait3(os.WNOHANG)
            if pid == 0:
                return
            yield pid, status


def _reason(code: int) -> bytes:
    if code == 0:
        return b"done"
    if code == -signal.SIGXCPU:
        return b"time"
    return f"signal {-code}".encode() if code < 0 else f"exit {code}".encode()


def _report_end(score: RunningScore, reason: bytes) -> None:
    with suppress(OSError):  # nobody waits any more
        os.write(score.end, b"" if score.overdue_at is None else reason)
    os.close(score.end)


if __name__ == "__main__":
    main(sys.argv[1:])
