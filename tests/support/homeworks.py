"""The real homeworks' data, built once in a run for all its processes, and one sandbox for custom metrics."""

import atexit
from functools import cache
from pathlib import Path

from baselines.build import build_homework
from baselines.homework import homework_named
from grader.custom_metrics.sandbox import Sandbox
from tests.support import shared

OF_PICTURES = ("hw06_faces", "hw09_explain", "hw10_attack")  # built in seconds, the others in one or less


def built(name: str) -> Path:
    """The folder with the homework's public/ and private/, which the tests share and leave as they are."""
    return shared.once(name, lambda folder: build_homework(homework_named(name), folder))


class KeptSandbox(Sandbox):
    """A sandbox that goes on when a user closes it: the next one is spared the seconds of a start."""

    def close(self) -> None:
        """Leave it open."""


@cache
def sandbox() -> Sandbox:
    """The sandbox of this process, which ends with it."""
    process_sandbox = KeptSandbox()
    atexit.register(super(KeptSandbox, process_sandbox).close)
    return process_sandbox
