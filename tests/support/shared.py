"""What the processes of one run make once and share: a folder, and a turn for whoever makes something in it.

The folder lives as long as the run; its path reaches the other test processes by their environment.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "SPLITBOARD_TEST_FOLDER"


def folder() -> Path:
    """The folder of this run, made by the process that asks first and removed when that one ends."""
    if FOLDER not in os.environ:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="splitboard-tests-")
        atexit.register(_remove, os.environ[FOLDER], os.getpid())
    return Path(os.environ[FOLDER])


def _remove(path: str, owner: int) -> None:
    """Remove the run's folder, in the process that made it alone and not in one that it forked."""
    if os.getpid() == owner:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Hold the run's lock of that name; the other processes wait."""
    with open(folder() / f"{name}.lock", "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name, which `make` has filled in one of the run's processes; not to be changed.

    It appears under its name when it is whole, so a `make` that failed is tried again by whoever asks next.
    """
    ready = folder() / name
    with turn(name):
        if not ready.exists():
            half = ready.with_name(f"{name}.half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(parents=True)
            make(half)
            half.rename(ready)
    return ready
