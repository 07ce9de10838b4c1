"""What the baselines took, and would take elsewhere: recorded where it was, else scaled and said so."""

from statistics import fmean
from typing import Any

import pytest

from server.domain.baselines.costs import COLAB, LAPTOP, estimates
from server.models import BaselineRun
from tests.support.browser import TINY, browser, words
from tests.support.installation import Installation

pytestmark = pytest.mark.both

COSTS = "/api/competitions/tiny/costs"
H200 = {"device": "NVIDIA H200", "cpu_count": 16, "gflops": 40_000.0}
LAPTOP_CPU = {"device": "CPU, x86_64, 4 cores", "cpu_count": 4, "gflops": 100.0}


def a_run(seconds: float, *, device: str, cpu_count: int | None = None, **_: Any) -> BaselineRun:
    """A run that took so long there."""
    return BaselineRun(seconds=seconds, device=device, cpu_count=cpu_count)


def tier(installation: Installation, viewer: str, name: str) -> dict[str, Any]:
    """What a tier took, as somebody reads it."""
    tiers = installation.client(viewer).get(COSTS).json()["tiers"]
    return next(each for each in tiers if each["tier"] == name)


def test_where_runs_were_recorded_their_median_is_told_and_nothing_is_scaled() -> None:
    runs = [a_run(seconds, **LAPTOP_CPU) for seconds in (10.0, 90.0, 20.0)]

    device_costs = {each.device: each for each in estimates(runs, speeds={LAPTOP.name: 100.0})}

    assert (
        device_costs[LAPTOP.name].seconds,
        device_costs[LAPTOP.name].runs,
        device_costs[LAPTOP.name].factor,
    ) == (20.0, 3, None)
    assert (device_costs[COLAB.name].seconds, device_costs[COLAB.name].factor) == (20.0, 1.0)


def test_elsewhere_the_time_is_scaled_by_measured_speeds_with_their_origin() -> None:
    speeds = {"NVIDIA H200": 40_000.0, LAPTOP.name: 100.0, COLAB.name: 4_000.0}

    device_costs = {each.device: each for each in estimates([a_run(60.0, **H200)], speeds=speeds)}

    assert device_costs["NVIDIA H200"].seconds == 60.0
    assert (device_costs[COLAB.name].seconds, device_costs[COLAB.name].factor) == (600.0, 10.0)
    assert device_costs[LAPTOP.name].seconds == 24_000.0
    assert device_costs[COLAB.name].origin.count("measured here") == 2


def test_a_speed_that_nobody_measured_is_stated_with_its_source() -> None:
    device_costs = {
        each.device: each for each in estimates([a_run(60.0, **H200)], speeds={"NVIDIA H200": 8000.0})
    }

    assert device_costs[COLAB.name].factor == 2.0
    assert "NVIDIA states for the T4" in device_costs[COLAB.name].origin


def test_the_recorded_device_that_is_closest_in_speed_is_scaled_from() -> None:
    runs = [a_run(1000.0, **LAPTOP_CPU), a_run(10.0, **H200)]

    device_costs = {
        each.device: each for each in estimates(runs, speeds={LAPTOP.name: 100.0, "NVIDIA H200": 8000.0})
    }

    assert (device_costs[COLAB.name].source, device_costs[COLAB.name].seconds) == ("NVIDIA H200", 20.0)


def test_without_a_run_or_a_known_speed_nothing_is_guessed() -> None:
    assert estimates([], speeds={}) == []
    unknown = estimates([a_run(5.0, device="Abacus 3000")], speeds={})
    assert [each.device for each in unknown] == ["Abacus 3000"]


def test_scores_over_seeds_and_medians_are_told_and_private_ones_to_staff_alone(
    installation: Installation,
) -> None:
    for seed, seconds in enumerate((10.0, 30.0, 20.0)):
        installation.train(
            "medium", seed=seed, accuracy=0.6 + 0.1 * seed, seconds=seconds, gpu_joules=None, **LAPTOP_CPU
        )

    staff, student = (tier(installation, viewer, "medium") for viewer in ("tina", "student0"))
    runs = installation.client("tina").get("/api/competitions/tiny/baseline-runs").json()["runs"]

    scores = [run["public_score"] for run in runs]
    assert student["public_mean"] == pytest.approx(fmean(scores), abs=1e-3)
    assert student["public_spread"] == pytest.approx((max(scores) - min(scores)) / 2, abs=1e-3)
    assert (student["seconds"], student["runs"], student["seeds"]) == (20.0, 3, [0, 1, 2])
    assert (student["peak_memory_mb"], student["gpu_joules"]) == (10.0, None)
    assert "private_mean" in staff
    assert not [name for name in student if "private" in name]
    assert student["estimates"][0]["device"] == LAPTOP.name


def test_the_pages_show_costs_estimates_and_the_curves_of_all_runs(installation: Installation) -> None:
    run = installation.train("simple", seconds=90.0, gpu_joules=54_000.0, **H200)
    tina = browser(installation, "tina")

    compared = tina.get(f"{TINY}/baselines/compare")
    one = words(tina.get(f"/baseline-runs/{run}").text)
    student = words(browser(installation, "student0").get(f"{TINY}/tiers").text)

    assert compared.status_code == 200
    for page in (words(compared.text), student):
        assert "54 kJ (15 Wh)" in page
        assert page.count("not told by the driver") == 1
    for page in (words(compared.text), student, one):
        assert "≈ 15 min estimate, × 10" in page
        assert "2 min 1 recorded run" in page
    assert browser(installation, "student0").get(f"{TINY}/baselines/compare").status_code == 403


def test_curves_lie_over_each_other_with_a_table_beside(installation: Installation) -> None:
    for seed in (0, 1):
        body = {"tiers": ["boss"], "seed": seed}
        run = installation.client("tina").post("/api/competitions/tiny/baseline-runs", json=body).json()
        worker = installation.client("worker")
        token = worker.post("/api/worker/claim", json={"worker": "w"}).json()["lease_token"]
        points = [{"epoch": epoch, "loss": 4.0 / epoch} for epoch in range(1, 5)]
        path = run["runs"][0]["url"]
        worker.post(f"{path}/heartbeat", json={"lease_token": token, "points": points}).raise_for_status()
        installation.finish(path, token, "boss", seed)

    page = browser(installation, "tina").get(f"{TINY}/baselines/compare").text

    assert page.count('class="line stroke-boss"') == 2
    assert "seed 1 – – – 4 4 2 2 2 1.333 1.333 1" in words(page)


def test_the_time_of_a_run_reads_the_same_on_every_page(installation: Installation) -> None:
    run = installation.train("simple", seconds=104.9, **H200)
    tina = browser(installation, "tina")

    pages = (f"{TINY}/baselines", f"{TINY}/baselines/compare", f"/baseline-runs/{run}", f"{TINY}/staff")
    shown = [words(tina.get(address).text) for address in pages]

    assert ["1 min 45 s" in page for page in shown] == [True] * len(pages)
    assert not any("104.9" in page or "Seconds" in page for page in shown)


def test_a_baseline_stands_on_the_board_with_hint_and_cost(installation: Installation) -> None:
    installation.train("simple", seconds=90.0, **H200)

    row = installation.client("student0").get("/api/competitions/tiny/leaderboard/public").json()["rows"][0]
    page = words(browser(installation, "student0").get(f"{TINY}/leaderboard").text)

    assert (row["minutes"], row["hardware"], row["hint"]) == (1.5, "NVIDIA H200", "The simple idea.")
    assert "simple The simple idea. Cost 1 min 30 s to train on NVIDIA H200 " in page
