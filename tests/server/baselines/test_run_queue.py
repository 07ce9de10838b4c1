"""The queue of baseline runs: places and estimates, from what earlier runs took."""

from datetime import timedelta
from typing import Any

import pytest

from server.domain.baselines.run_queue import places
from tests.server.baselines.test_baselines import RUNS, claim, request
from tests.support.browser import TINY, browser, words
from tests.support.installation import LEASE, Installation

pytestmark = pytest.mark.both


def listed(installation: Installation) -> dict[int, dict[str, Any]]:
    """The runs as staff see them, by id."""
    runs = installation.client("tina").get(RUNS).json()["runs"]
    return {run["id"]: run for run in runs}


def test_waiting_runs_have_places_in_the_order_of_their_requests(installation: Installation) -> None:
    request(installation, "simple", "medium")
    installation.clock.advance(timedelta(seconds=1))
    request(installation, "boss")

    runs = listed(installation)

    assert [runs[number]["queue"]["position"] for number in (1, 2, 3)] == [1, 2, 3]
    # No run of these tiers has ended: each is taken to last its stated minute, and no worker is there yet.
    assert [runs[number]["queue"]["ends_in"] for number in (1, 2, 3)] == [60, 120, 180]
    assert runs[1]["queue"]["workers"] == 0


def test_an_estimate_counts_the_runs_that_train_and_the_median_of_those_that_ended(
    installation: Installation,
) -> None:
    installation.train("simple", seconds=10.0)
    installation.train("simple", seed=1, seconds=20.0)
    installation.train("simple", seed=2, seconds=90.0)
    request(installation, "boss", "simple")
    boss = claim_of(installation, "boss")
    beat = {"lease_token": boss["lease_token"], "progress": {"epoch": 1, "epochs": 3, "seconds_left": 7.0}}
    installation.client("worker").post(f"/api/baseline-runs/{boss['run']['id']}/heartbeat", json=beat)

    runs = listed(installation)
    page = words(browser(installation, "tina").get(f"{TINY}/baselines").text)

    waiting = next(run for run in runs.values() if run["state"] == "requested")
    assert waiting["queue"] == {"position": 1, "starts_in": 7.0, "ends_in": 27.0, "workers": 1}
    assert runs[boss["run"]["id"]]["seconds_left"] == 7.0
    assert "next in the queue; about 7 s to its start, 27 s to its end" in page


def claim_of(installation: Installation, tier: str) -> dict[str, Any]:
    """The waiting run of this tier, claimed by its id."""
    run_id = next(run["id"] for run in listed(installation).values() if run["tier"] == tier)
    answer = installation.client("worker").post("/api/worker/claim", json={"worker": "w", "run_id": run_id})
    lease: dict[str, Any] = answer.json()
    return lease


def test_a_training_run_that_says_nothing_is_taken_to_last_as_usual(installation: Installation) -> None:
    request(installation, "simple")
    claim(installation)
    installation.clock.advance(timedelta(seconds=20))

    assert listed(installation)[1]["seconds_left"] == 40.0


def test_a_run_whose_worker_fell_silent_waits_again_and_its_worker_counts_no_more(
    installation: Installation,
) -> None:
    request(installation, "simple")
    claim(installation)
    installation.clock.advance(LEASE + timedelta(seconds=1))

    run = listed(installation)[1]

    assert (run["queue"]["position"], run["queue"]["workers"]) == (1, 0)
    assert run["seconds_left"] is None


def test_two_workers_share_the_queue() -> None:
    takes = [(1, 10.0), (2, 100.0), (3, 10.0), (4, 10.0)]

    schedule = places(takes, busy=[5.0, 50.0])

    assert [(place.starts_in, place.ends_in) for place in schedule.values()] == [
        (5.0, 15.0),
        (15.0, 115.0),
        (50.0, 60.0),
        (60.0, 70.0),
    ]
