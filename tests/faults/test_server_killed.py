"""A server that dies between receipt and score loses nothing: another scores the file, as of its receipt."""

import threading
import time
from datetime import datetime
from pathlib import Path

import httpx2
import pytest

from server.database.database import Database
from server.models import Submission, SubmissionState
from tests.journeys.town import Town, town
from tests.support import tiny_homework

pytestmark = pytest.mark.both


def test_a_submission_received_by_a_killed_server_is_scored_with_its_original_time(
    database_url: str, tmp_path: Path
) -> None:
    data = tiny_homework.predictions(400, accuracy=0.7, seed=1)
    with town(database_url, tmp_path, SPLITBOARD_FAILPOINT="before_record:sleep") as campus:
        first = campus.start_server()
        upload_and_forget(campus, first, data)
        received = wait_for_state(database_url, SubmissionState.RECEIVED)
        campus.kill_server()
        campus.settings.pop("SPLITBOARD_FAILPOINT")
        second = campus.start_server()

        scored = wait_for_state(database_url, SubmissionState.SCORED)
        with campus.client(second, "student0") as client:
            shown = client.get("/api/competitions/tiny/submissions").json()["submissions"]

    assert scored.received_at == received.received_at
    assert scored.slot == received.slot == 1
    assert shown[0]["public_score"] == pytest.approx(tiny_homework.score_of(data, "Public"), abs=1e-3)


def upload_and_forget(campus: Town, address: str, data: bytes) -> None:
    """Start an upload whose server will not live to answer it."""

    def post() -> None:
        with campus.client(address, "student0") as client, pytest.raises(httpx2.TransportError):
            client.post("/api/competitions/tiny/submissions", content=data)

    threading.Thread(target=post, daemon=True).start()


def wait_for_state(url: str, state: SubmissionState) -> Submission:
    """The town's only submission, once it is in that state."""
    database = Database(url)
    end = time.monotonic() + 30
    try:
        while time.monotonic() < end:
            submission = database.read(lambda session: session.query(Submission).one_or_none())
            if submission is not None and submission.state is state:
                return submission
            time.sleep(0.05)
    finally:
        database.close()
    raise TimeoutError(f"no submission became {state} within 30 s at {datetime.now().astimezone()}")
