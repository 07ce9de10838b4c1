"""How many files a way through the program enters: an upload, a baseline run, a rescore, a grade export.

    .venv/bin/python -m benchmarks.ways [--names]

Each way is walked once against a real server, in every process that it starts, after a first walk that loads
what is loaded once. A file counts when one of its functions is called on the way; what an idle server calls
meanwhile does not count. --names lists the files.
"""

import argparse
import mmap
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.journeys.town import PROJECT, Town, free_port, town, wait_for
from tests.support import databases, tiny_homework

PACKAGES = ("grader", "client", "server", "baselines")
COMPETITION = "/api/competitions/tiny"
ROWS = 400
IDLE_SECONDS = 3.0
WITHIN = 90.0
IDLE, WARM_UP, WALK = 1, 2, 3  # what goes on, as one byte that all processes read

# Python imports this module in every process of the town. It writes down each function at its first call.
TRACER = """
import mmap, os, sys, threading

folder, project = os.environ["SPLITBOARD_WAYS"], os.environ["SPLITBOARD_WAYS_PROJECT"]
with open(os.path.join(folder, "phase"), "rb") as file:
    phase = mmap.mmap(file.fileno(), 1, access=mmap.ACCESS_READ)
calls = open(os.path.join(folder, f"calls-{os.getpid()}"), "a", buffering=1)
seen = set()


def trace(frame, event, argument):
    code = frame.f_code
    key = (phase[0], code)
    if event == "call" and key not in seen:
        seen.add(key)
        name = code.co_filename
        if name.startswith(project) and not code.co_name.startswith("<"):
            calls.write(f"{phase[0]} {name[len(project) + 1:]} {code.co_name}\\n")


threading.setprofile(trace)
sys.setprofile(trace)
"""


class Steps:
    """What every process of a town calls, phase by phase, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "sitecustomize.py").write_text(TRACER)
        (folder / "phase").write_bytes(bytes(1))
        with (folder / "phase").open("r+b") as file:
            self._phase = mmap.mmap(file.fileno(), 1)

    def settings(self) -> dict[str, str]:
        """The environment in which a process is traced."""
        path = os.pathsep.join([str(self._folder), str(PROJECT)])
        return {
            "PYTHONPATH": path,
            "SPLITBOARD_WAYS": str(self._folder),
            "SPLITBOARD_WAYS_PROJECT": str(PROJECT),
        }

    def enter(self, phase: int) -> None:
        """Let every call from now on belong to `phase`."""
        self._phase[0] = phase

    def files(self) -> list[str]:
        """Our files with a function that is called on the walk and not by an idle server, sorted."""
        lines = [line for log in self._folder.glob("calls-*") for line in log.read_text().splitlines()]
        calls = {tuple(line.split(" ", 1)) for line in lines}
        idle = {call for phase, call in calls if phase == str(IDLE)}
        walked = {call.split(" ")[0] for phase, call in calls if phase == str(WALK) and call not in idle}
        return sorted(name for name in walked if name.startswith(PACKAGES))


@contextmanager
def traced(**settings: str) -> Iterator[tuple[Steps, Town, str]]:
    """A town whose processes are traced, and the address of its server."""
    with tempfile.TemporaryDirectory() as name:
        calls = Path(name) / "calls"
        calls.mkdir()
        steps = Steps(calls)
        place = Path(name) / "town"
        place.mkdir()
        url = databases.fresh("sqlite", place)
        with town(url, place, rows=ROWS, **steps.settings(), **settings) as small_town:
            address = start_traced(small_town)
            steps.enter(IDLE)
            time.sleep(IDLE_SECONDS)
            yield steps, small_town, address


def start_traced(place: Town) -> str:
    """Start a server in a new interpreter, which imports the tracer; its address, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "server.app:create_app", "--log-level=warning"]
    process = subprocess.Popen(
        [*command, f"--port={port}"], cwd=PROJECT, env=place.environment(), start_new_session=True
    )
    place.servers.append(process)
    wait_for(f"http://127.0.0.1:{port}/api/me", process)
    return f"http://127.0.0.1:{port}"


def walked_twice(walk: Callable[[int], None], steps: Steps) -> list[str]:
    """The files of the second walk; `walk` is given 1 and 2."""
    for number, phase in ((1, WARM_UP), (2, WALK)):
        steps.enter(phase)
        walk(number)
    steps.enter(0)
    files = steps.files()
    if not any(name.startswith("server/") for name in files):
        raise RuntimeError("The server was not traced: no way goes past it.")
    return files


def upload() -> list[str]:
    """A student's file, from its first byte to the answer with its score."""
    with (
        traced(SPLITBOARD_SWEEP_SECONDS="600") as (steps, place, address),
        place.client(address, "student0") as student,
    ):

        def walk(number: int) -> None:
            file = tiny_homework.predictions(ROWS, accuracy=0.7, seed=number)
            answer = student.post(f"{COMPETITION}/submissions?file_name=p.csv", content=file)
            assert answer.status_code == 201, answer.text

        return walked_twice(walk, steps)


def grade_export() -> list[str]:
    """The grades of a competition as a file."""
    with (
        traced(SPLITBOARD_SWEEP_SECONDS="600") as (steps, place, address),
        place.client(address, "student0") as student,
        place.client(address, "tina") as tina,
    ):
        file = tiny_homework.predictions(ROWS, accuracy=0.7, seed=1)
        student.post(f"{COMPETITION}/submissions?file_name=p.csv", content=file)

        def walk(_: int) -> None:
            answer = tina.get(f"{COMPETITION}/grades.csv")
            assert answer.status_code == 200, answer.text

        return walked_twice(walk, steps)


def baseline_run() -> list[str]:
    """A tier, from the request to its threshold."""
    with traced(SPLITBOARD_SWEEP_SECONDS="600") as (steps, place, address):
        place.start_worker(address)
        with place.client(address, "tina") as tina:

            def walk(number: int) -> None:
                answer = tina.post(f"{COMPETITION}/baseline-runs", json={"tiers": ["simple"], "seed": number})
                (run,) = answer.json()["runs"]
                ended = once(tina, run["url"], {"succeeded", "failed"})
                assert ended["state"] == "succeeded", ended

            return walked_twice(walk, steps)


def rescore() -> list[str]:
    """Another metric, from the request to the boards that show it."""
    with (
        traced(SPLITBOARD_SWEEP_SECONDS="0.5") as (steps, place, address),
        place.client(address, "student0") as student,
        place.client(address, "tina") as tina,
    ):
        file = tiny_homework.predictions(ROWS, accuracy=0.7, seed=1)
        student.post(f"{COMPETITION}/submissions?file_name=p.csv", content=file)

        def walk(number: int) -> None:
            metric = ("f1_macro", "accuracy")[number - 1]
            order = {"reason": "another metric", "metric": metric}
            answer = tina.post(f"{COMPETITION}/rescores", json=order)
            assert answer.status_code == 201, answer.text
            address = f"{COMPETITION}/rescores/{answer.json()['id']}"
            once(tina, address, {"ready", "failed"})
            assert tina.get(f"{address}/preview").status_code == 200
            applied = tina.post(f"{address}/apply", json={"reason": "as announced"})
            assert applied.status_code == 200, applied.text

        return walked_twice(walk, steps)


def once(client: httpx2.Client, path: str, states: set[str]) -> dict[str, Any]:
    """What stands at `path`, once its state is one of `states`."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        answer: dict[str, Any] = client.get(path).json()
        if answer["state"] in states:
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"{path} did not come to {states}: {answer}")


WAYS = {"upload": upload, "baseline run": baseline_run, "rescore": rescore, "grade export": grade_export}


def main() -> None:
    """Walk every way and print how many files it enters, by package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--names", action="store_true", help="list the files, too")
    with_names = parser.parse_args().names
    print(f"{'way':14} {'files':>6}   " + "  ".join(f"{name:>9}" for name in PACKAGES))
    for name, walk in WAYS.items():
        files = walk()
        counts = [sum(file.startswith(f"{package}/") for file in files) for package in PACKAGES]
        print(f"{name:14} {len(files):6}   " + "  ".join(f"{count:9}" for count in counts), flush=True)
        if with_names:
            print("".join(f"    {file}\n" for file in files), end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
