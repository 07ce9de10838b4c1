"""Starting and ending the child process of the sandbox."""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from grader.custom_metrics.confinement import LINUX, Mechanism
from grader.custom_metrics.protection import Protection
from grader.errors import MetricFailed
from grader.messages import Message
from grader.processes.children import PROJECT

NOBODY = 65534  # the user and the group that own nothing, on every Linux
HELLO = struct.Struct("!I")
HELLO_SECONDS = 120.0  # a cold disk takes its time to give the libraries
GOODBYE_SECONDS = 5.0
# All that the child is told. One thread each, since scores share the machine with a server; one seed for the
# order of sets, so that a metric which adds over a set gives the same bits every time.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(PROJECT),
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True)
class Child:
    """A child that is ready. When `control` is closed, it ends, and all that it runs with it."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    folder: "TemporaryDirectory[str]"
    protection: Protection

    def end(self) -> None:
        """End the child, by force if it does not hear."""
        _end(self.process, self.control, self.folder)


def start_child(without: Iterable[Mechanism]) -> Child:
    """A new child, once it is ready. Raises MetricFailed when it does not start.

    A server that runs as root (it should not) gets a child that runs as nobody, where nobody may read the
    libraries.
    """
    if LINUX and os.geteuid() == 0:
        with suppress(MetricFailed):
            return _start_child_as(without, user=NOBODY)
    return _start_child_as(without, user=None)


def _start_child_as(without: Iterable[Mechanism], *, user: int | None) -> Child:
    control, child_end = socket.socketpair()
    folder = TemporaryDirectory(prefix="splitboard-metric-")
    # Not -I, which would also throw PYTHONHASHSEED away: the rest of it is here, and the environment is ours.
    child = f"{__package__}.child_main"
    command = [sys.executable, "-s", "-P", "-m", child, str(child_end.fileno()), *without]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # whatever a metric prints, and however much
            stderr=subprocess.DEVNULL,
            pass_fds=[child_end.fileno()],
            env=ENVIRONMENT,
            cwd=folder.name,
            start_new_session=True,  # Ctrl-C is for the server, which then closes the sandbox
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    except OSError as error:
        control.close()
        folder.cleanup()
        raise MetricFailed(Message("The sandbox does not start: {reason}.", reason=error.strerror)) from error
    finally:
        child_end.close()
    try:
        return Child(process, control, folder, _greet(control))
    except (OSError, ValueError) as error:
        _end(process, control, folder)
        code = process.returncode
        raise MetricFailed(
            Message("The sandbox did not become ready (exit status {code}).", code=code)
        ) from error


def _greet(control: socket.socket) -> Protection:
    control.settimeout(HELLO_SECONDS)
    (size,) = HELLO.unpack(_receive(control, HELLO.size))
    facts = json.loads(_receive(control, size))
    control.settimeout(GOODBYE_SECONDS)
    return Protection.of(facts)


def _receive(control: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = control.recv(size - len(data))
        if not part:
            raise ConnectionResetError
        data += part
    return data


def _end(
    process: "subprocess.Popen[bytes]", control: socket.socket, folder: "TemporaryDirectory[str]"
) -> None:
    control.close()
    try:
        process.wait(GOODBYE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    folder.cleanup()
