"""What a worker must leave it gives back, and what it cannot train waits for one that can."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from server.models import Tier, TierName
from tests.server.baselines.test_baselines import REPORT, claim, request
from tests.support.browser import TINY, browser, words
from tests.support.installation import LEASE, Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

PLAIN = {"has_torch": False, "memory_mb": 8_000.0, "card_memory_mb": 0.0}
WITH_CARD = {"has_torch": True, "memory_mb": 64_000.0, "card_memory_mb": 24_000.0}


def let_need(installation: Installation, tier: TierName, **needs: Any) -> None:
    installation.db.write(
        lambda session: session.execute(update(Tier).where(Tier.name == tier).values(**needs)) and None
    )


def claimed_tier(installation: Installation, **body: Any) -> str | None:
    """The tier of the run that a worker gets who says this; None for none."""
    answer = installation.client("worker").post("/api/worker/claim", json={"worker": "w", **body})
    return None if answer.status_code == 204 else answer.json()["run"]["tier"]


def test_a_run_that_its_worker_gives_back_is_due_at_once_and_no_try_is_charged(
    installation: Installation,
) -> None:
    (run_id,) = request(installation, "simple")
    worker, staff, run = (
        installation.client("worker"),
        installation.client("tina"),
        f"/api/baseline-runs/{run_id}",
    )

    for _ in range(4):  # more often than a run may lose its worker
        lease = {"lease_token": claim(installation)["lease_token"]}
        given_back = worker.post(f"{run}/release", json=lease | {"log": "epoch 1\n"})
    waiting = staff.get(run).json()
    installation.clock.advance(LEASE * 10)
    last = claim(installation)["lease_token"]
    data = predictions(400, accuracy=0.6, seed=1)
    worker.post(f"{run}/predictions", params={"lease_token": last}, content=data)
    ended = worker.post(f"{run}/report", json=REPORT | {"lease_token": last})

    assert (given_back.status_code, given_back.json()) == (200, {"id": run_id, "state": "requested"})
    assert (waiting["state"], waiting["attempts"], waiting["worker"]) == ("requested", 0, "")
    assert (waiting["started_at"], waiting["queue"]["position"]) == (None, 1)
    assert waiting["log"].count("epoch 1\n\nGiven back by w, which was told to stop.\n") == 4
    assert ended.status_code == 200
    assert staff.get(run).json()["attempts"] == 1


def test_a_worker_gives_back_only_what_is_its_own(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    worker, run = installation.client("worker"), f"/api/baseline-runs/{run_id}"
    first = claim(installation)["lease_token"]
    installation.clock.advance(LEASE + timedelta(microseconds=1))
    second = claim(installation)["lease_token"]

    late = worker.post(f"{run}/release", json={"lease_token": first})
    installation.client("tina").post(f"{run}/stop")
    stopped = worker.post(f"{run}/release", json={"lease_token": second})

    assert [late.status_code, stopped.status_code] == [409, 409]
    assert {late.json()["error"]["code"], stopped.json()["error"]["code"]} == {"lease_lost"}
    assert installation.client("tina").get(run).json()["state"] == "stopped"


def test_a_tier_waits_for_a_worker_that_has_what_it_needs(installation: Installation) -> None:
    let_need(installation, TierName.MEDIUM, needs_torch=True)
    let_need(installation, TierName.BOSS, needs_torch=True, needs_card_gb=24.0, needs_memory_gb=32.0)
    _, run_id, _ = request(installation, "simple", "medium", "boss")

    plain = [claimed_tier(installation, abilities=PLAIN) for _ in range(2)]
    page = words(browser(installation, "tina").get(f"{TINY}/baselines").text)
    waiting = installation.client("tina").get(f"/api/baseline-runs/{run_id}").json()
    by_name = claimed_tier(installation, abilities=PLAIN, run_id=run_id)
    small_card = [
        claimed_tier(installation, abilities=WITH_CARD | {"card_memory_mb": 16_000.0}) for _ in range(2)
    ]
    large = claimed_tier(installation, abilities=WITH_CARD)

    assert plain == ["simple", None]
    assert by_name is None
    assert (waiting["state"], waiting["attempts"], waiting["needs"]) == ("requested", 0, "with PyTorch")
    assert "waits for a worker with PyTorch and 32 GB of memory and a card of 24 GB" in page
    assert small_card == ["medium", None]
    assert large == "boss"


def test_a_worker_that_says_nothing_of_itself_gets_whatever_is_due(installation: Installation) -> None:
    let_need(installation, TierName.SIMPLE, needs_torch=True, needs_card_gb=80.0)
    request(installation, "simple")

    assert claimed_tier(installation) == "simple"


def test_no_run_is_given_to_a_worker_that_will_be_gone_before_its_usual_end(
    installation: Installation,
) -> None:
    installation.train("medium", seconds=600.0)
    request(installation, "medium", "boss")  # boss is stated to take a minute

    short = claimed_tier(installation, seconds_most=59.0)
    next_shift = [claimed_tier(installation, seconds_most=599.0) for _ in range(2)]
    long = claimed_tier(installation, seconds_most=600.0)

    assert short is None
    assert next_shift == ["boss", None]
    assert long == "medium"
