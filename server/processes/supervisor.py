"""Start an installation's processes, start the crashed ones again, and leave none behind.

A Ctrl-C at the terminal reaches the supervisor alone, since each child leads a process group of its own, and
whatever a child has started ends with it (grader/processes.py). A child that ends with status 0 has done its
work. Any other end is a crash: it is started again, at once for the first time and then ever later, at most
half a minute later.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from grader.processes.children import end_group, own_environment, start

POLL_SECONDS = 0.1  # how soon the end of a child is noticed
PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # before the first, second, ... restart in a row
WELL_AFTER_SECONDS = 60.0  # a child that ran for so long is well again: its next crash counts as the first
STOP_SECONDS = 8.0  # longer than a server process takes for its requests in flight
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Program:
    """What to run: a Python module with arguments.

    `environment` is added to ours, `descriptors` stay open, and what it prints goes to `log_file` if there is
    one.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    log_file: Path | None = None
    delay_seconds: float = 0.0  # after the others' start, to leave them the processor for theirs
    niceness: int = 0  # how much it steps back for the others, 0 to 19
    leaves_first: bool = False  # it has last words for the others, which are asked to end when it has gone


@dataclass
class _Child:
    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    crashes: int = 0
    due: float = 0.0


class Supervisor:
    """Runs programs until it is told to stop; `say` is given a line whenever one crashes.

    `patience`: seconds for children to end on SIGTERM, before SIGKILL.
    """

    def __init__(
        self, programs: Sequence[Program], *, say: Callable[[str], None], patience: float = STOP_SECONDS
    ) -> None:
        self._patience = patience
        now = time.monotonic()
        self._children = [_Child(program, due=now + program.delay_seconds) for program in programs]
        self._say = say
        self._stop = threading.Event()
        self._signals = 0

    def run(self) -> None:
        """Run everything until SIGINT, SIGTERM or SIGHUP, or until all has ended; only in the main thread."""
        try:
            with self._hearing_signals():
                self._look_after_all()
                self._stop_all()
        finally:
            self._kill_all()

    def _look_after_all(self) -> None:
        while self._children and not self._stop.is_set():
            for child in list(self._children):
                self._look_after(child)
            self._stop.wait(POLL_SECONDS)

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.process, child.started = start_program(child.program), now
            return
        status = child.process.poll()
        if status is None:
            return
        end_group(child.process)
        child.process = None
        if status == 0:
            self._children.remove(child)
            return
        self._plan_restart(child, status, now)

    def _plan_restart(self, child: _Child, status: int, now: float) -> None:
        child.crashes = 1 if now - child.started >= WELL_AFTER_SECONDS else child.crashes + 1
        pause = PAUSES_SECONDS[min(child.crashes, len(PAUSES_SECONDS)) - 1]
        child.due = now + pause
        self._say(f"{child.program.name} {_how_it_ended(status)}; starting it again in {pause:g} s.")

    @contextmanager
    def _hearing_signals(self) -> Iterator[None]:
        handlers = {number: signal.signal(number, self._hear) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        self._signals += 1
        self._stop.set()

    def _stop_all(self) -> None:
        """Ask every child to end, the rest after those that leave first; a second Ctrl-C ends the waiting."""
        began = time.monotonic()
        first = [child for child in self._children if child.program.leaves_first]
        self._stop_these(first, end=began + self._patience / 2)
        self._stop_these(self._children, end=began + self._patience)

    def _stop_these(self, children: "list[_Child]", *, end: float) -> None:
        for process in _running(children):
            end_group(process, signal.SIGTERM)
        while _running(children) and time.monotonic() < end and self._signals < 2:
            time.sleep(POLL_SECONDS / 2)

    def _kill_all(self) -> None:
        for child in self._children:
            if child.process is not None:
                end_group(child.process)
                child.process.wait()


def _running(children: "list[_Child]") -> "list[subprocess.Popen[bytes]]":
    processes = [child.process for child in children if child.process is not None]
    return [process for process in processes if process.poll() is None]


def start_program(program: Program) -> "subprocess.Popen[bytes]":
    """Start a program; it ends when this process does."""
    with open(program.log_file, "ab") if program.log_file else nullcontext() as log:
        return start(
            program.module,
            program.arguments,
            environment=own_environment(program.environment),
            stdout=log,
            stderr=log,
            descriptors=program.descriptors,
            niceness=program.niceness,
        )


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"
