"""Baseline runs in real processes: with and without a broker, and when the worker is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.journeys.brokers import broker
from tests.journeys.town import town
from tests.support import databases

RUNS = "/api/competitions/tiny/baseline-runs"
WITHIN = 90.0


def wait_until(client: httpx2.Client, path: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What stands at `path`, once it is as wished."""
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        answer: dict[str, Any] = client.get(path).json()
        if done(answer):
            return answer
        time.sleep(0.1)
    raise TimeoutError(f"{path} did not come to be as wished; it is {answer}")


@pytest.mark.parametrize("mode", ["embedded", "celery"])
def test_a_worker_trains_a_requested_tier_to_its_threshold(mode: str, tmp_path: Path) -> None:
    url = databases.fresh("sqlite", tmp_path)
    with broker() if mode == "celery" else nullcontext() as redis_url:
        settings = {"SPLITBOARD_REDIS_URL": redis_url} if redis_url else {}
        with town(url, tmp_path, **settings) as campus:
            address = campus.start_server()
            campus.start_worker(address)
            with campus.client(address, "tina") as tina, campus.client(address, "student0") as student:
                (run,) = tina.post(RUNS, json={"tiers": ["medium"], "seed": 1}).json()["runs"]
                ended = wait_until(tina, run["url"], lambda now: now["state"] in ("succeeded", "failed"))
                board = student.get("/api/competitions/tiny/leaderboard/public").json()["rows"]

    assert ended["state"] == "succeeded", ended["error"] + ended["log"]
    assert ended["progress"]["epoch"] == 2
    assert "numpy" in ended["versions"]
    assert [(row["kind"], row["tier"], row["rank"]) for row in board] == [("baseline", "medium", None)]


def test_a_killed_workers_run_is_taken_up_again_and_leaves_one_threshold(tmp_path: Path) -> None:
    url = databases.fresh("sqlite", tmp_path)
    with town(url, tmp_path, SPLITBOARD_LEASE_SECONDS="3") as campus:
        address = campus.start_server()
        first = campus.start_worker(address)
        with campus.client(address, "tina") as tina, campus.client(address, "student0") as student:
            (run,) = tina.post(RUNS, json={"tiers": ["boss"], "seed": 1}).json()["runs"]
            wait_until(tina, run["url"], lambda now: now["progress"].get("epoch", 0) > 3)
            os.killpg(first.pid, signal.SIGKILL)
            between = student.get("/api/competitions/tiny/leaderboard/public").json()["rows"]
            campus.start_worker(address)
            ended = wait_until(tina, run["url"], lambda now: now["state"] in ("succeeded", "failed"))
            board = student.get("/api/competitions/tiny/leaderboard/public").json()["rows"]

    assert between == []
    assert (ended["state"], ended["attempts"]) == ("succeeded", 2), ended["error"]
    assert [row["tier"] for row in board] == ["boss"]
    assert board[0]["submissions"] == 1


def test_a_stopped_worker_gives_its_run_back_and_one_that_staff_stop_frees_its_worker(
    tmp_path: Path,
) -> None:
    url = databases.fresh("sqlite", tmp_path)
    with town(url, tmp_path, SPLITBOARD_LEASE_SECONDS="3") as campus:
        address = campus.start_server()
        first = campus.start_worker(address)
        with campus.client(address, "tina") as tina:
            (long,) = tina.post(RUNS, json={"tiers": ["boss"]}).json()["runs"]
            wait_until(tina, long["url"], lambda now: now["progress"].get("epoch", 0) > 3)
            first.send_signal(signal.SIGUSR1)
            status = first.wait(WITHIN)
            given_back = tina.get(long["url"]).json()
            second = campus.start_worker(address, "--idle", "0.5")
            wait_until(tina, long["url"], lambda now: now["progress"].get("epoch", 0) > 3)
            (short,) = tina.post(RUNS, json={"tiers": ["simple"]}).json()["runs"]
            tina.post(f"{long['url']}/stop").raise_for_status()
            next_one = wait_until(tina, short["url"], lambda now: now["state"] in ("succeeded", "failed"))
            stopped = tina.get(long["url"]).json()
            second_status = second.wait(WITHIN)

    assert status == 0
    assert (given_back["state"], given_back["attempts"]) == ("requested", 0)
    assert "told to stop" in given_back["log"]
    assert next_one["state"] == "succeeded"
    assert (stopped["state"], stopped["attempts"]) == ("stopped", 1)
    assert stopped["progress"]["epoch"] < 100
    assert second_status == 0  # idle for long enough


def test_one_command_runs_all_tiers_of_a_course_and_says_how_it_ended(tmp_path: Path) -> None:
    url = databases.fresh("sqlite", tmp_path)
    (tmp_path / "config").mkdir()
    with town(url, tmp_path) as campus:
        address = campus.start_server()
        campus.start_worker(address)
        words = ["--all", "--course", "ml", "--tier", "simple", "--tier", "medium"]
        words += ["--seed", "0", "--seed", "1"]
        signed_in = {"SPLITBOARD_URL": address, "SPLITBOARD_TOKEN": campus.tokens["tina"], "COLUMNS": "200"}
        ended = subprocess.run(
            [sys.executable, "-m", "baselines", "run", *words],
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
            env={**os.environ, **signed_in, "XDG_CONFIG_HOME": str(tmp_path / "config"), "TERM": "dumb"},
        )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 runs: 4 succeeded" in ended.stdout
    assert "tiny" in ended.stdout
