"""How soon a baseline run whose worker is gone is another worker's: killed, and told to stop.

    .venv/bin/python -m benchmarks.leases [--rounds 5] [--lease 5]

A server and two workers in processes of their own, on SQLite. The first worker trains; it is killed with its
children, or gets SIGTERM as a scheduler sends it before it takes the machine back, and the second takes the
run up. Printed are the medians and the greatest of the rounds. Targets: T8, within one lease after a kill -9
and one result a run; T15, due again within 2 s of SIGTERM, and no try is charged.
"""

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from tests.journeys.town import Town, town
from tests.support import databases

RUNS = "/api/competitions/tiny/baseline-runs"
BOARD = "/api/competitions/tiny/leaderboard/public"
WITHIN = 120.0
EPOCHS = 3  # of training before the worker goes


@dataclass(frozen=True)
class Handover:
    """A run that changed hands. seconds: until it was due again, or another's; charged: its tries before."""

    seconds: float
    charged: int


def main() -> None:
    """Measure both ways to lose a worker, and print a line for each."""
    parser = argparse.ArgumentParser(description="How soon a lost worker's run is another's.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lease", type=float, default=5.0, help="seconds")
    options = parser.parse_args()
    killed = [measured(killed_worker, options.lease) for _ in range(options.rounds)]
    stopped = [measured(stopped_worker, options.lease) for _ in range(options.rounds)]
    print("way      rounds  median s  greatest s  of a lease  tries charged")
    for way, rounds in (("kill -9", killed), ("SIGTERM", stopped)):
        seconds = [each.seconds for each in rounds]
        print(
            f"{way:7}  {len(rounds):6}  {median(seconds):8.2f}  {max(seconds):10.2f}"
            f"  {max(seconds) / options.lease:10.2f}  {max(each.charged for each in rounds):13}"
        )


def measured(way: Callable[[Town, httpx2.Client, str, dict[str, Any]], Handover], lease: float) -> Handover:
    """One run on an installation of its own, through to its one threshold."""
    with training(lease) as (campus, tina, address, run):
        handover = way(campus, tina, address, run)
        until(tina, run["url"], lambda now: now["state"] == "succeeded")
        (row,) = tina.get(BOARD).json()["rows"]
        if row["submissions"] != 1:
            raise RuntimeError(f"one run left {row['submissions']} results")
        return handover


@contextmanager
def training(lease: float) -> Iterator[tuple[Town, httpx2.Client, str, dict[str, Any]]]:
    """An installation whose first worker trains the longest tier; with its run as the staff see it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = {"SPLITBOARD_LEASE_SECONDS": str(lease)}
        with town(databases.fresh("sqlite", folder), folder, **settings) as campus:
            address = campus.start_server()
            campus.start_worker(address)
            with campus.client(address, "tina") as tina:
                (run,) = tina.post(RUNS, json={"tiers": ["boss"], "seed": 1}).json()["runs"]
                until(tina, run["url"], lambda now: now["progress"].get("epoch", 0) >= EPOCHS)
                yield campus, tina, address, run


def killed_worker(campus: Town, tina: httpx2.Client, address: str, run: dict[str, Any]) -> Handover:
    """Another worker waits; the first is killed with all its children."""
    first = campus.workers[0]
    campus.start_worker(address)
    os.killpg(first.pid, signal.SIGKILL)
    begun = time.monotonic()
    now = until(tina, run["url"], lambda now: now["attempts"] == 2)
    return Handover(time.monotonic() - begun, int(now["attempts"]) - 1)


def stopped_worker(campus: Town, tina: httpx2.Client, address: str, run: dict[str, Any]) -> Handover:
    """The first worker is told to stop, and gives its run back."""
    campus.workers[0].send_signal(signal.SIGTERM)
    begun = time.monotonic()
    now = until(tina, run["url"], lambda now: now["state"] == "requested")
    seconds = time.monotonic() - begun
    campus.start_worker(address)
    return Handover(seconds, int(now["attempts"]))


def until(client: httpx2.Client, path: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What stands at `path` once it is so. Raises TimeoutError."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        answer: dict[str, Any] = client.get(path).json()
        if is_so(answer):
            return answer
        time.sleep(0.02)
    raise TimeoutError(f"{path} did not come to be as wished")


if __name__ == "__main__":
    main()
