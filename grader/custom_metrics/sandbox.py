"""Where custom metrics run: a warm child process that is confined once and copied for every score.

A metric's file is written by staff, or taken from Kaggle. A slip in it must not take the server with it, and
nothing in it may read an answer key, a secret or the network. child_main.py is the child; what it scores
is told here. Rows pass as Arrow's stream format and the answer as JSON, so neither side runs what it reads.
"""

import json
import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from grader.custom_metrics.child_process import Child, start_child
from grader.custom_metrics.confinement import Mechanism
from grader.custom_metrics.protection import Protection
from grader.errors import MetricFailed
from grader.messages import Message, Text

__all__ = ["Job", "MetricRefused", "Protection", "Sandbox", "SandboxLimits"]

ORDER = struct.Struct("!ddQ")  # wall seconds, CPU seconds, bytes of memory
SIZE = struct.Struct("!Q")
GRACE_SECONDS = 5.0  # after the wall time the child should have ended the score; if not, it is stuck
ANSWER_MOST = 256 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one score, of one split, may use. memory_bytes: beyond the libraries, its rows included."""

    wall_seconds: float = 60.0
    cpu_seconds: float = 45.0
    memory_bytes: int = 2 * 2**30


@dataclass(frozen=True, slots=True)
class Job:
    """One score to compute: the text of a metric's file, and what to call its `score` with.

    answers, predictions: the key's rows and the upload's, n of each, in the same order and both with the id
    column; columns are int64, float64, bool or text. arguments: values that JSON has.
    """

    source: str = field(repr=False)
    arguments: Mapping[str, Any] = field(repr=False)
    id_column: str
    answers: pa.Table = field(repr=False)
    predictions: pa.Table = field(repr=False)


class MetricRefused(Exception):
    """The metric raised the error whose message students may read."""


class Sandbox:
    """A warm child for custom metrics; threads may share it. It starts at its first score, or at `start`.

    One for each server process, closed with it. A child that died is started again.
    at_once: scores computed side by side; more wait. without: walls left out, for tests.
    """

    def __init__(
        self, limits: SandboxLimits | None = None, *, at_once: int = 2, without: Iterable[Mechanism] = ()
    ) -> None:
        self.limits = limits or SandboxLimits()
        self.at_once = at_once
        self._without = tuple(without)
        self._slots = BoundedSemaphore(at_once)
        self._lock = Lock()
        self._child: Child | None = None
        self._closed = False

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> Protection:
        """Start the child unless it runs, a matter of seconds, and say what protects the server from it.

        Raises MetricFailed when it does not start.
        """
        with self._lock:
            return self._live_child().protection

    def score(self, job: Job) -> float:
        """The number that the metric gives for these rows; finite or not.

        Raises MetricRefused with the metric's words for students, MetricFailed for every other end: an error,
        a limit passed, a crash.
        """
        with self._slots, closing(self._fork()) as run:
            try:
                run.send(job)
                answer = run.answer()
                reason = run.reason()
            except TimeoutError as error:
                self._end_child()
                raise MetricFailed(Message("The sandbox did not answer, and was ended.")) from error
        if reason != "done":
            raise MetricFailed(_ending(reason, self.limits))
        return _score_in(answer, self.limits)

    def close(self) -> None:
        """End the child and all that it runs; later scores raise MetricFailed."""
        self._closed = True
        self._end_child()

    def _fork(self) -> "_ScoreRun":
        """Have the child fork for a score, and return this end of it."""
        with self._lock:
            for _ in range(2):  # a child that died just now is only noticed when it is told to do something
                child = self._live_child()
                run = _ScoreRun.of(child.control, self.limits)
                if run is not None:
                    return run
                child.end()
                self._child = None
        raise MetricFailed(Message("The sandbox ended as soon as it had started."))

    def _live_child(self) -> Child:
        if self._closed:
            raise MetricFailed(Message("The sandbox is closed: the server is ending."))
        if self._child is not None and self._child.process.poll() is not None:
            self._child.end()
            self._child = None
        if self._child is None:
            self._child = start_child(self._without)
        return self._child

    def _end_child(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None


class _ScoreRun:
    """One score on its way: the socket for its rows and its answer, and the pipe that says how it ended."""

    def __init__(self, data: socket.socket, end: int, limits: SandboxLimits) -> None:
        self._data = data
        self._end = end
        self._until = time.monotonic() + limits.wall_seconds + GRACE_SECONDS

    @classmethod
    def of(cls, control: socket.socket, limits: SandboxLimits) -> "_ScoreRun | None":
        """Order a score; None when the child is not there any more."""
        data, child_data = socket.socketpair()
        end, child_end = os.pipe()
        order = ORDER.pack(limits.wall_seconds, limits.cpu_seconds, limits.memory_bytes)
        run = cls(data, end, limits)
        try:
            socket.send_fds(control, [order], [child_data.fileno(), child_end])
        except OSError:
            run.close()
            return None
        finally:
            child_data.close()
            os.close(child_end)
        return run

    def send(self, job: Job) -> None:
        """Send the rows. A process that has ended does not take them, and `reason` says why."""
        head = {"source": job.source, "arguments": dict(job.arguments), "id_column": job.id_column}
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in (json.dumps(head).encode(), _stream(job.answers), _stream(job.predictions)):
                self._set_timeout()
                self._data.sendall(SIZE.pack(len(part)))
                self._data.sendall(part)

    def answer(self) -> bytes:
        """What comes back before the process closes its end, b"" for nothing; cut where it is too long."""
        parts: list[bytes] = []
        with suppress(ConnectionResetError):
            while sum(map(len, parts)) <= ANSWER_MOST:
                self._set_timeout()
                part = self._data.recv(65536)
                if not part:
                    break
                parts.append(part)
        self._data.close()  # a process that writes on now is told so
        return b"".join(parts)

    def reason(self) -> str:
        """How the process ended; waits until it has. "" when the child that watched it ended as well."""
        reason = b""
        while True:
            if not select.select([self._end], [], [], max(0.0, self._until - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(self._end, 1024)
            if not part:
                return reason.decode("ascii", "replace")
            reason += part

    def close(self) -> None:
        """Close both ends."""
        self._data.close()
        os.close(self._end)

    def _set_timeout(self) -> None:
        self._data.settimeout(max(0.001, self._until - time.monotonic()))


def _stream(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _score_in(answer: bytes, limits: SandboxLimits) -> float:
    """The score that an answer holds. The metric shares its process, so the answer may be anything."""
    try:
        fields = json.loads(answer)
        score, fault = fields.get("score"), fields.get("fault")
        kind, message, trace = (str(fields.get(name, "")) for name in ("kind", "message", "traceback"))
    except (ValueError, AttributeError, RecursionError) as error:
        raise MetricFailed(Message("The metric's process wrote something that is no answer.")) from error
    match fault:
        case None if isinstance(score, float):
            return score
        case "refused":
            raise MetricRefused(message)
        case "memory":
            reason = Message(
                "The metric needed more than {most:,.0f} MiB of memory ({kind}).",
                most=limits.memory_bytes / 2**20,
                kind=kind,
            )
            raise MetricFailed(reason, message=message, traceback=trace)
        case "exception":
            raise MetricFailed(
                Message("The metric raised {kind}.", kind=kind), message=message, traceback=trace
            )
    raise MetricFailed(Message("The metric's process wrote something that is no answer."))


def _ending(reason: str, limits: SandboxLimits) -> Text:
    if reason.startswith("time"):
        return Message(
            "The metric took more than {seconds:g} s, or {computing:g} s of computing, and was ended.",
            seconds=limits.wall_seconds,
            computing=limits.cpu_seconds,
        )
    return Message(
        "The metric's process ended without an answer ({reason}).",
        reason=reason or Message("the sandbox ended with it"),
    )
