"""Baseline runs: leased to one worker, finished once, whatever becomes of the worker."""

from datetime import timedelta
from itertools import pairwise

import pytest

from server.domain.baselines import curves
from server.domain.baselines.curves import CurvePoint
from server.models import CurveRow
from tests.support.browser import TINY, browser, form_token, words
from tests.support.installation import LEASE, Installation
from tests.support.tiny_homework import predictions

pytestmark = pytest.mark.both

RUNS = "/api/competitions/tiny/baseline-runs"
REPORT = {"device": "cpu", "seconds": 30.0, "peak_memory_mb": 5.0, "versions": {"numpy": "2"}}


def request(installation: Installation, *tiers: str) -> list[int]:
    answer = installation.client("tina").post(RUNS, json={"tiers": list(tiers), "seed": 3})
    assert answer.status_code == 201
    return [run["id"] for run in answer.json()["runs"]]


def claim(installation: Installation) -> dict[str, str]:
    answer = installation.client("worker").post("/api/worker/claim", json={"worker": "w"})
    assert answer.status_code == 200
    lease: dict[str, str] = answer.json()
    return lease


def test_a_run_goes_from_request_to_threshold(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    worker, claimed = installation.client("worker"), claim(installation)
    token, run = claimed["lease_token"], f"/api/baseline-runs/{run_id}"
    beat = {"lease_token": token, "progress": {"epoch": 1, "epochs": 3, "loss": 0.5}, "log": "epoch 1\n"}
    worker.post(f"{run}/heartbeat", json=beat)
    during = installation.client("tina").get(run).json()
    data = predictions(400, accuracy=0.6, seed=1)
    worker.post(f"{run}/predictions", params={"lease_token": token}, content=data)
    before_report = installation.client("student0").get("/api/competitions/tiny").json()["tiers"][0]
    worker.post(f"{run}/report", json=REPORT | {"lease_token": token})
    after_report = installation.client("student0").get("/api/competitions/tiny").json()["tiers"][0]

    assert (during["state"], during["progress"]["epoch"], during["log"]) == ("running", 1, "epoch 1\n")
    assert before_report["threshold_public"] is None
    assert after_report["threshold_public"] == pytest.approx(0.6, abs=0.1)
    assert "threshold_private" not in after_report
    assert after_report["minutes"] == 0.5


def test_tiers_are_claimed_in_the_order_of_their_requests_and_each_once(installation: Installation) -> None:
    request(installation, "medium", "simple")

    tiers = [claim(installation)["run"]["tier"] for _ in range(2)]  # type: ignore[index]
    third = installation.client("worker").post("/api/worker/claim", json={"worker": "w"})

    assert tiers == ["simple", "medium"]
    assert third.status_code == 204


def test_a_silent_worker_loses_its_run_and_its_late_words_are_refused(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    first = claim(installation)
    installation.clock.advance(LEASE + timedelta(microseconds=1))
    second = claim(installation)
    worker, run = installation.client("worker"), f"/api/baseline-runs/{run_id}"
    data = predictions(400, accuracy=0.6, seed=1)

    late = worker.post(f"{run}/predictions", params={"lease_token": first["lease_token"]}, content=data)
    worker.post(f"{run}/predictions", params={"lease_token": second["lease_token"]}, content=data)
    done = worker.post(f"{run}/report", json=REPORT | {"lease_token": second["lease_token"]})
    again = worker.post(f"{run}/report", json=REPORT | {"lease_token": second["lease_token"]})

    assert late.status_code == 409
    assert late.json()["error"]["code"] == "lease_lost"
    assert done.status_code == 200
    assert again.status_code == 409
    assert installation.client("tina").get(run).json()["attempts"] == 2


def test_a_tier_that_kills_its_worker_three_times_is_parked(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    for _ in range(3):
        claim(installation)
        installation.clock.advance(LEASE + timedelta(seconds=1))

    fourth = installation.client("worker").post("/api/worker/claim", json={"worker": "w"})

    assert fourth.status_code == 204
    parked = installation.client("tina").get(f"/api/baseline-runs/{run_id}").json()
    assert parked["state"] == "failed"
    assert "3 times" in parked["error"]


def test_bad_predictions_are_refused_and_the_failure_is_kept_for_staff(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token, run = claim(installation)["lease_token"], f"/api/baseline-runs/{run_id}"
    worker = installation.client("worker")

    refused = worker.post(f"{run}/predictions", params={"lease_token": token}, content=b"id,label\n0,a\n")
    worker.post(f"{run}/failure", json={"lease_token": token, "error": "bad file", "log": "last words"})

    assert refused.status_code == 422
    failed_run = installation.client("tina").get(run).json()
    assert (failed_run["state"], failed_run["error"], failed_run["log"]) == (
        "failed",
        "bad file",
        "last words",
    )


def test_a_worker_sees_public_files_and_no_answer_key(installation: Installation) -> None:
    request(installation, "simple")
    claimed = claim(installation)
    worker = installation.client("worker")

    names = sorted(file["name"] for file in claimed["files"])  # type: ignore[index]
    texts = [worker.get(file["url"]).text for file in claimed["files"]]  # type: ignore[index]

    assert names == ["sample_submission.csv", "test.csv"]
    assert not any("Usage" in text for text in texts)
    assert worker.get("/api/competitions/tiny").status_code == 403
    assert worker.get("/api/competitions/tiny/leaderboard/private").status_code == 403


def test_runs_are_for_staff_alone(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    student = installation.client("student0")

    assert student.get(RUNS).status_code == 403
    assert student.post(RUNS, json={"tiers": ["simple"]}).status_code == 403
    assert student.get(f"/api/baseline-runs/{run_id}").status_code == 403
    assert installation.client("mallory").get(f"/api/baseline-runs/{run_id}").status_code == 404
    assert installation.client("student0").post("/api/worker/claim", json={"worker": "w"}).status_code == 403


def test_a_run_keeps_its_curve_and_shows_it_with_the_numbers_beside(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token, run = claim(installation)["lease_token"], f"/api/baseline-runs/{run_id}"
    worker = installation.client("worker")
    points = [{"epoch": 1, "loss": 2.5}, {"epoch": 2, "loss": None, "score": 0.25}]
    worker.post(f"{run}/heartbeat", json={"lease_token": token, "points": points}).raise_for_status()
    more = [{"epoch": 2, "loss": 1.5, "score": 0.5}, {"epoch": 3, "loss": 1.125, "score": 0.625}]
    worker.post(f"{run}/heartbeat", json={"lease_token": token, "points": more}).raise_for_status()

    curve = installation.client("tina").get(run).json()["curve"]
    listed = installation.client("tina").get(RUNS).json()["runs"][0]
    page = browser(installation, "tina").get(f"/baseline-runs/{run_id}").text

    assert [tuple(point.values()) for point in curve] == [(1, 2.5, None), (2, 1.5, 0.5), (3, 1.125, 0.625)]
    assert "curve" not in listed
    assert page.count('class="chart"') == 2
    assert "3 1.125 0.625" in words(page)


def test_a_run_without_a_log_says_whether_one_may_come(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    tina = installation.client("tina")
    before = browser(installation, "tina").get(f"/baseline-runs/{run_id}").text

    tina.post(f"/api/baseline-runs/{run_id}/stop").raise_for_status()

    assert "Nothing yet." in before
    assert "It wrote nothing." in browser(installation, "tina").get(f"/baseline-runs/{run_id}").text


def test_a_run_that_is_claimed_again_begins_its_curve_again(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token, run = claim(installation)["lease_token"], f"/api/baseline-runs/{run_id}"
    heartbeat = {"lease_token": token, "points": [{"epoch": 1, "loss": 2.5}]}
    installation.client("worker").post(f"{run}/heartbeat", json=heartbeat).raise_for_status()
    installation.clock.advance(LEASE + timedelta(seconds=1))

    claim(installation)

    assert installation.client("tina").get(run).json()["curve"] == []


def test_a_long_curve_stays_small_even_and_keeps_its_ends() -> None:
    curve: list[CurveRow] = []
    for start in range(0, 20_000, 100):
        curve = curves.extended(curve, [CurvePoint(epoch, 1.0, None) for epoch in range(start, start + 100)])
    epochs = [row[0] for row in curve]

    assert len(curve) <= curves.MOST_POINTS
    assert (epochs[0], epochs[-1]) == (0, 19_999)
    assert max(b - a for a, b in pairwise(epochs)) <= 200  # type: ignore[operator]


def test_a_run_tells_what_it_cost_and_what_the_driver_does_not_tell(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token, run = claim(installation)["lease_token"], f"/api/baseline-runs/{run_id}"
    worker, data = installation.client("worker"), predictions(400, accuracy=0.6, seed=1)
    worker.post(f"{run}/predictions", params={"lease_token": token}, content=data)
    cost = {"device": "NVIDIA X", "cpu_count": 8, "gpu_joules": 54_000.0, "gpu_utilisation": 93.0}
    worker.post(f"{run}/report", json=REPORT | cost | {"lease_token": token}).raise_for_status()

    details = installation.client("tina").get(run).json()
    page = words(browser(installation, "tina").get(f"/baseline-runs/{run_id}").text)

    assert (details["cpu_count"], details["gpu_joules"], details["gpu_utilisation"]) == (8, 54_000.0, 93.0)
    assert (details["cpu_joules"], details["gpu_peak_memory_mb"], details["gflops"]) == (None, None, None)
    assert "GPU energy 54 kJ (15 Wh)" in page
    assert "CPU energy –" in page
    assert page.count("not told by the driver") == 1


def test_a_cost_that_no_machine_can_have_is_refused(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token = claim(installation)["lease_token"]
    worker, run = installation.client("worker"), f"/api/baseline-runs/{run_id}"

    answer = worker.post(f"{run}/report", json=REPORT | {"lease_token": token, "gpu_joules": -1.0})

    assert answer.status_code == 422


@pytest.mark.parametrize("was", ["requested", "running"])
def test_a_stopped_run_stays_stopped_whatever_its_worker_says(installation: Installation, was: str) -> None:
    (run_id,) = request(installation, "simple")
    tina, worker, run = (
        installation.client("tina"),
        installation.client("worker"),
        f"/api/baseline-runs/{run_id}",
    )
    token = claim(installation)["lease_token"] if was == "running" else "none"

    stopped = tina.post(f"{run}/stop")
    beat = worker.post(f"{run}/heartbeat", json={"lease_token": token})
    late = worker.post(f"{run}/failure", json={"lease_token": token, "error": "killed"})
    again = tina.post(f"{run}/stop")

    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    assert [answer.json()["error"]["code"] for answer in (beat, late)] == ["lease_lost"] * 2
    assert again.status_code == 409
    assert worker.post("/api/worker/claim", json={"worker": "w"}).status_code == 204
    entry = tina.get("/api/competitions/tiny/audit").json()["entries"][0]
    assert (entry["act"], entry["by"], entry["before"]) == ("baseline_run_stopped", "tina", {"state": was})


def test_a_run_that_has_ended_is_not_stopped(installation: Installation) -> None:
    run = f"/api/baseline-runs/{installation.train('simple')}"

    refused = installation.client("tina").post(f"{run}/stop")

    assert refused.status_code == 409
    assert "has succeeded already" in refused.json()["error"]["message"]
    assert installation.client("tina").get(run).json()["state"] == "succeeded"


def test_predictions_of_a_stopped_run_set_no_threshold(installation: Installation) -> None:
    (run_id,) = request(installation, "simple")
    token, run = claim(installation)["lease_token"], f"/api/baseline-runs/{run_id}"
    worker, data = installation.client("worker"), predictions(400, accuracy=0.6, seed=1)
    worker.post(f"{run}/predictions", params={"lease_token": token}, content=data).raise_for_status()
    installation.client("tina").post(f"{run}/stop").raise_for_status()

    refused = worker.post(f"{run}/report", json=REPORT | {"lease_token": token})

    assert refused.json()["error"]["code"] == "lease_lost"
    tier = installation.client("student0").get("/api/competitions/tiny").json()["tiers"][0]
    assert (tier["threshold_public"], tier["state"]) == (None, "stopped")


def test_several_seeds_are_requested_at_once_seed_by_seed(installation: Installation) -> None:
    tina = installation.client("tina")

    answer = tina.post(RUNS, json={"tiers": ["medium", "simple"], "seeds": [0, 1, 2]})

    seeds_and_tiers = [(run["seed"], run["tier"]) for run in answer.json()["runs"]]
    assert seeds_and_tiers == [(seed, tier) for seed in (0, 1, 2) for tier in ("simple", "medium")]


@pytest.mark.parametrize("seeds", [[], [1, 1], [-1], [2**31], list(range(17))])
def test_seeds_that_make_no_sense_are_refused(installation: Installation, seeds: list[int]) -> None:
    answer = installation.client("tina").post(RUNS, json={"tiers": ["simple"], "seeds": seeds})

    assert answer.status_code == 422
    assert installation.client("tina").get(RUNS).json()["runs"] == []


def test_a_run_is_asked_for_again_with_its_seed_or_another(installation: Installation) -> None:
    run = f"/api/baseline-runs/{installation.train('medium')}"
    tina = installation.client("tina")

    same, other = tina.post(f"{run}/again"), tina.post(f"{run}/again", json={"seed": 7})

    assert [answer.status_code for answer in (same, other)] == [201, 201]
    assert [(answer.json()["tier"], answer.json()["seed"]) for answer in (same, other)] == [
        ("medium", 0),
        ("medium", 7),
    ]
    assert tina.get(run).json()["state"] == "succeeded"


def test_staff_stop_and_repeat_runs_on_the_pages_and_students_do_not(installation: Installation) -> None:
    page = browser(installation, "tina")
    fields = {"form_token": form_token(page)}
    batch = page.post(f"{TINY}/baselines", data=fields | {"tiers": "simple", "seeds": "0 1, 2"})
    stopped = page.post("/baseline-runs/1/stop", data=fields)
    again = page.post("/baseline-runs/1/again", data=fields | {"seed": "9"})
    student = browser(installation, "student0")
    student_fields = {"form_token": form_token(student)}

    assert [run["seed"] for run in installation.client("tina").get(RUNS).json()["runs"]] == [9, 2, 1, 0]
    assert [answer.status_code for answer in (batch, stopped, again)] == [200] * 3
    assert "stopped by staff" in words(stopped.text)
    assert (
        page.post(f"{TINY}/baselines", data=fields | {"tiers": "simple", "seeds": "one"}).status_code == 422
    )
    acts = ("stop", "again")
    assert [student.post(f"/baseline-runs/2/{act}", data=student_fields).status_code for act in acts] == [
        403,
        403,
    ]
    mallory = installation.client("mallory")
    assert [mallory.post(f"/api/baseline-runs/2/{act}").status_code for act in acts] == [404, 404]
    assert "tiny" not in mallory.get("/baseline-runs/2").text.partition("<main")[2]
