"""Run one tier in a child process: watch its progress, keep its log, and be sure that it ends.

The child is a process group of its own without any of our secrets in its environment. It is killed with all
it has started when it takes too long, when nobody wants it any more, and, by itself, when this process dies.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from baselines.homework import Homework
from baselines.training import PROGRESS_FD
from client.api.types.competitions import Progress
from client.api.types.runs import Cost
from grader.homeworks.homework_file import HomeworkTier
from grader.processes.children import PROJECT, end_group, start

LONGEST_SECONDS = 12 * 3600.0  # no tier may take longer; celery_app.py builds on it
PATIENCE = 20  # a tier may take this many times its stated minutes: the machine may be slow and busy
SHORTEST_LIMIT_SECONDS = 600.0  # for tiers of a few seconds, whose start alone may take long
GLANCE_SECONDS = 0.2  # how soon a stop is noticed
TAIL_LINES = 20  # of the log that an error quotes
# All else, the worker's token and the server's settings among it, stays out of the child's environment.
PASSED_ON = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH"}
PASSED_ON_PREFIXES = ("CUDA_", "NVIDIA_", "OMP_", "MKL_", "OPENBLAS_")

Tell = Callable[[Progress | None, str], None]  # (progress or None when it has not moved, new text of the log)


class RunFailed(Exception):
    """The tier ended without predictions; the sentence ends with its last log lines."""


class RunTimedOut(RunFailed):
    """The tier took longer than it may."""


class RunStopped(Exception):
    """Nobody wants this run any more; the child is dead."""


@dataclass(frozen=True, kw_only=True)
class TierRun:
    """What to train: a tier of a homework, with a seed, on the files in `public`; scratch in `folder`."""

    homework: Homework
    tier: str
    seed: int
    public: Path
    folder: Path
    limit_seconds: float

    @property
    def predictions(self) -> Path:
        """Where the predictions stand after a success, as a CSV file."""
        return self.folder / "predictions.csv"

    @property
    def report(self) -> Path:
        """Where the child leaves its report, as its last act."""
        return self.folder / "report.json"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a run took: wall seconds of the child, its peak memory in MiB, where and with which libraries.

    processor_seconds: of all its threads together; None where it was not told. The rest is what else the
    machine tells of it.
    """

    device: str
    seconds: float
    peak_memory_mb: float
    versions: dict[str, str]
    processor_seconds: float | None = None
    cost: Cost = field(default_factory=Cost)


def run_tier(run: TierRun, *, tell: Tell, is_wanted: Callable[[], bool]) -> Report:
    """Train and predict; the CSV is then at run.predictions. `tell` hears of progress and log as they come.

    Raises RunFailed with the last log lines, RunTimedOut, or RunStopped once is_wanted() says no.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    run.report.unlink(missing_ok=True)
    started = time.monotonic()
    reader, writer = os.pipe()
    try:
        child = _start(run, writer)
    finally:
        os.close(writer)  # the child holds the other end; it closes when the child is gone
    watch = _Watch(child, reader, tell=tell, started=started)
    try:
        _follow(watch, run, is_wanted=is_wanted)
    finally:
        end_group(child)  # whatever is left of it
        child.wait()
        watch.close()
    return _read_report(run, child.returncode, watch.tail(), seconds=time.monotonic() - started)


def limit_seconds(tier: HomeworkTier) -> float:
    """How long a tier may take: many times what it states, and never longer than LONGEST_SECONDS."""
    return min(LONGEST_SECONDS, max(SHORTEST_LIMIT_SECONDS, PATIENCE * 60 * tier.minutes))


def estimate_seconds_left(*, epoch: float, epochs: float, elapsed_seconds: float) -> float:
    """The seconds that the remaining epochs will take at the pace so far; 0.0 at the end.

    >>> estimate_seconds_left(epoch=2, epochs=10, elapsed_seconds=5.0)
    20.0
    """
    return round(elapsed_seconds * max(0.0, epochs - epoch) / max(epoch, 1e-9), 1)


def child_environment(progress_fd: int) -> dict[str, str]:
    """The environment of the child: the machine's paths and devices, and nothing of ours."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    # A fixed hash seed keeps the order of sets, and so the training, the same from run to run.
    ours = {"PYTHONPATH": str(PROJECT), "PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1"}
    return {**passed, **ours, PROGRESS_FD: str(progress_fd)}


def _start(run: TierRun, progress_fd: int) -> subprocess.Popen[bytes]:
    places = [run.homework.folder, run.public, run.predictions, run.report]
    return start(
        "baselines.child",
        [run.tier, str(run.seed), *map(os.path.abspath, places)],
        environment=child_environment(progress_fd),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        descriptors=[progress_fd],
        folder=run.folder,
    )


class _Watch:
    """The two pipes of a child: its log and its progress."""

    def __init__(
        self, child: subprocess.Popen[bytes], progress_fd: int, *, tell: Tell, started: float
    ) -> None:
        assert child.stdout is not None, "the child was started with a pipe"
        self.child, self.tell, self.started = child, tell, started
        self.log_fd, self.progress_fd = child.stdout.fileno(), progress_fd
        self.log, self.half_line = b"", b""
        self.selector = selectors.DefaultSelector()
        for fd in (self.log_fd, self.progress_fd):
            os.set_blocking(fd, False)
            self.selector.register(fd, selectors.EVENT_READ)

    def listen(self, *, at_most_seconds: float) -> bool:
        """Wait for news and pass it on; False when there was none."""
        ready = [key.fd for key, _ in self.selector.select(at_most_seconds)]
        for fd in ready:
            data = os.read(fd, 65536)
            if not data:
                self.selector.unregister(fd)
            elif fd == self.log_fd:
                self.log = (self.log + data)[-100_000:]
                self.tell(None, data.decode("utf-8", "replace"))
            else:
                *lines, self.half_line = (self.half_line + data).split(b"\n")
                for line in lines:
                    self.tell(self._progress(line), "")
        return bool(ready)

    def tail(self) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.decode("utf-8", "replace").splitlines()[-TAIL_LINES:])

    def close(self) -> None:
        """Close both pipes."""
        self.selector.close()
        os.close(self.progress_fd)
        if self.child.stdout is not None:
            self.child.stdout.close()

    def _progress(self, line: bytes) -> Progress:
        message = json.loads(line)
        elapsed = time.monotonic() - self.started
        left = estimate_seconds_left(
            epoch=message["epoch"], epochs=message["epochs"], elapsed_seconds=elapsed
        )
        return Progress(
            epoch=message["epoch"],
            epochs=message["epochs"],
            loss=message["loss"],
            score=message.get("score"),
            seconds_left=left,
        )


def _follow(watch: _Watch, run: TierRun, *, is_wanted: Callable[[], bool]) -> None:
    """Pass on what the child says until it has ended."""
    while watch.child.poll() is None:
        if not is_wanted():
            raise RunStopped(f"{run.homework.name} {run.tier} was stopped.")
        if time.monotonic() - watch.started > run.limit_seconds:
            raise RunTimedOut(
                f"{run.tier} took longer than its {run.limit_seconds:.0f} seconds.\n{watch.tail()}"
            )
        watch.listen(at_most_seconds=GLANCE_SECONDS)
    while watch.listen(at_most_seconds=0.0) and watch.selector.get_map():
        pass  # what it said last is still in the pipes


def _read_report(run: TierRun, status: int, tail: str, *, seconds: float) -> Report:
    if status != 0 or not run.report.is_file() or not run.predictions.is_file():
        how = f"signal {-status}" if status < 0 else f"status {status}"
        raise RunFailed(f"{run.homework.name} {run.tier} ended with {how} and without predictions.\n{tail}")
    report = json.loads(run.report.read_text(encoding="utf-8"))
    cost = Cost(**report.pop("cost"))
    return Report(seconds=round(seconds, 2), cost=cost, **report)
