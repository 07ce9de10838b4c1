"""A rescorer that is killed loses nothing: a server starts the next one, which goes on where it stood."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.database.database import Database
from server.models import Competition, PublicScore, Rescore, RescoreState
from tests.journeys.town import PROJECT, Town, town
from tests.support import tiny_homework
from tests.support.rescored import REASON, other_key, other_truth, score_under

pytestmark = pytest.mark.both

API = "/api/competitions/tiny/rescores"
FILES = 5


def test_a_killed_rescorer_is_followed_by_one_that_finishes(database_url: str, tmp_path: Path) -> None:
    files = [tiny_homework.predictions(400, accuracy=0.7, seed=seed) for seed in range(FILES)]
    settings = {"SPLITBOARD_SWEEP_SECONDS": "3600", "SPLITBOARD_LEASE_SECONDS": "2"}
    with town(database_url, tmp_path, **settings) as campus:
        address = campus.start_server()  # which starts no rescorer
        with campus.client(address, "student0") as student:
            for data in files:
                student.post("/api/competitions/tiny/submissions", content=data).raise_for_status()
        with campus.client(address, "tina") as staff:
            answer = staff.post(API, json={"answer_key": other_key().decode(), "reason": REASON})
            answer.raise_for_status()
        kill_one_at_work(campus, answer.json()["id"])
        held = state_of(database_url)
        campus.settings["SPLITBOARD_SWEEP_SECONDS"] = "0.3"
        campus.kill_server()
        address = campus.start_server()
        with campus.client(address, "tina") as staff:
            wait_until(lambda: staff.get(answer.json()["url"]).json()["state"] == "ready")
            applied = staff.post(f"{answer.json()['url']}/apply", json={"reason": REASON})
        scores = scores_now(database_url)

    assert held is RescoreState.GRADING
    assert applied.status_code == 200, applied.text
    assert scores == pytest.approx([score_under(data, other_truth(), "Public") for data in files])


def kill_one_at_work(campus: Town, rescore_id: int) -> None:
    """Start a rescorer that stops before it keeps its first verdicts, and kill it there."""
    environment = campus.environment() | {"SPLITBOARD_FAILPOINT": "before_verdicts:sleep"}
    command = [sys.executable, "-m", "server.services.rescores.worker", str(rescore_id)]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True)
    wait_until(lambda: lease_of(campus.url) is not None)
    time.sleep(1.5)  # until it has graded, and sleeps
    assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 40
    while not is_so():
        assert time.monotonic() < end, "it did not happen within 40 s"
        time.sleep(0.1)


def lease_of(url: str) -> str | None:
    database = Database(url)
    try:
        return database.read(lambda session: session.scalar(select(Rescore.lease_token)))
    finally:
        database.close()


def state_of(url: str) -> RescoreState | None:
    database = Database(url)
    try:
        count = database.read(lambda session: session.scalar(select(func.count(PublicScore.score))))
        assert count == FILES, "nothing was kept of what it had graded"
        return database.read(lambda session: session.scalar(select(Rescore.state)))
    finally:
        database.close()


def scores_now(url: str) -> list[float]:
    database = Database(url)
    try:
        return database.read(
            lambda session: list(
                session.scalars(
                    select(PublicScore.score)
                    .join(Competition, Competition.answer_key_id == PublicScore.answer_key_id)
                    .order_by(PublicScore.submission_id)
                )
            )
        )
    finally:
        database.close()
