"""Whether scores are as expected and tiers in order is decided here, for both directions of a metric."""

import dataclasses
from pathlib import Path

import pytest

from baselines.build import build_homework
from baselines.expected import CPU_FILE, GPU_FILE, Expected, read_expected, read_measurements, spread
from baselines.homework import HomeworkError, load_homework
from baselines.measure import (
    Training,
    out_of_order,
    out_of_range,
    problems_of,
    seconds_of,
    train_all,
    write_expected,
)
from baselines.run import Report, RunFailed

REPORT = Report(device="CPU", seconds=3.0, peak_memory_mb=100.0, versions={"python": "3.11"})


def trained(tier: str, *scores: float) -> list[Training]:
    return [Training(tier, seed, score, score + 0.01, REPORT) for seed, score in enumerate(scores)]


def test_tiers_are_in_order_when_the_worst_run_beats_the_best_below(tiny: Path) -> None:
    homework = load_homework(tiny)  # RMSE: smaller is better

    assert out_of_order(homework, trained("simple", 0.9, 1.0) + trained("medium", 0.7, 0.89)) == []


def test_one_run_out_of_order_is_told_for_each_half(tiny: Path) -> None:
    homework = load_homework(tiny)

    problems = out_of_order(homework, trained("simple", 0.9, 1.0) + trained("medium", 0.7, 0.95))

    assert problems == [
        "On the public half medium does not always beat simple.",
        "On the private half medium does not always beat simple.",
    ]


def test_equal_scores_are_no_order(tiny: Path) -> None:
    assert len(out_of_order(load_homework(tiny), trained("strong", 0.5) + trained("boss", 0.5))) == 2


def test_larger_is_better_where_the_metric_says_so(tiny: Path) -> None:
    path = tiny / "competition.toml"
    path.write_text(path.read_text().replace('"rmse"', '"accuracy"'))

    assert out_of_order(load_homework(tiny), trained("simple", 0.6) + trained("boss", 0.9)) == []
    assert out_of_order(load_homework(tiny), trained("simple", 0.9) + trained("boss", 0.6)) != []


def test_a_score_is_expected_within_three_spreads_or_a_fiftieth() -> None:
    steady = {"simple": Expected((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), 1.0)}
    lively = {"simple": Expected((0.9, 1.0, 1.1), (0.9, 1.0, 1.1), 1.0)}

    assert out_of_range(steady, trained("simple", 1.009)) == []
    assert len(out_of_range(steady, trained("simple", 1.03))) == 2
    assert out_of_range(lively, trained("simple", 1.25)) == []
    assert len(out_of_range(lively, trained("simple", 1.4))) == 2


def test_what_measure_writes_check_reads(tiny: Path) -> None:
    homework = load_homework(tiny)
    runs = [
        run
        for place, tier in enumerate(homework.tiers)
        for run in trained(tier.name, 1 - place / 10, 0.99 - place / 10)
    ]

    write_expected(homework, runs)

    expected = read_expected(homework)
    assert list(expected) == ["simple", "medium", "strong", "boss"]
    assert expected["medium"] == Expected((0.9, 0.89), (0.91, 0.9), 3.0, 100.0)
    assert out_of_range(expected, runs) == []


def test_one_tier_measured_again_leaves_what_is_known_of_the_others(tiny: Path) -> None:
    homework = load_homework(tiny)
    write_expected(homework, [run for tier in homework.tiers for run in trained(tier.name, 0.5, 0.6)])
    before = read_expected(homework)
    with_torch = dataclasses.replace(REPORT, versions={"python": "3.12", "torch": "2.13"})
    strong = [dataclasses.replace(one, report=with_torch) for one in trained("strong", 0.3, 0.4)]

    write_expected(homework, strong)
    write_expected(homework, trained("boss", 0.5, 0.6))

    known = read_measurements(homework, CPU_FILE)
    assert known is not None
    assert known.measured_with == "python 3.11, torch 2.13"
    after = read_expected(homework)
    assert list(after) == ["simple", "medium", "strong", "boss"]
    assert after["strong"].public == (0.3, 0.4)
    assert {name: expected for name, expected in after.items() if name != "strong"} == {
        name: expected for name, expected in before.items() if name != "strong"
    }


def test_one_tier_is_not_written_beside_tiers_of_other_seeds_or_of_none(tiny: Path) -> None:
    homework = load_homework(tiny)
    with pytest.raises(HomeworkError, match="Never measured: simple, medium, boss"):
        write_expected(homework, trained("strong", 0.3, 0.4))

    write_expected(homework, [run for tier in homework.tiers for run in trained(tier.name, 0.5, 0.6)])

    with pytest.raises(HomeworkError, match=r"ran on CPU with the seeds \[0, 1\]"):
        write_expected(homework, trained("strong", 0.3))


def test_a_homework_never_measured_says_how_to(tiny: Path) -> None:
    with pytest.raises(HomeworkError, match="`measure hw99_tiny` writes it"):
        read_expected(load_homework(tiny))


def trained_on(device: str, *tiers: str) -> list[Training]:
    report = dataclasses.replace(REPORT, device=device)
    return [Training(tier, 0, 1 - place / 10, 1 - place / 10, report) for place, tier in enumerate(tiers)]


def test_a_card_has_a_file_of_its_own(tiny: Path) -> None:
    homework = load_homework(tiny)
    runs = trained_on("NVIDIA H100", "simple", "medium", "strong", "boss")

    with pytest.raises(HomeworkError, match=r"It has no expected\.gpu\.toml"):
        problems_of(homework, runs)
    path = write_expected(homework, runs)

    known = read_measurements(homework, GPU_FILE)
    assert path.name == GPU_FILE
    assert known is not None
    assert known.device == "NVIDIA H100"
    assert problems_of(homework, runs) == []
    assert read_measurements(homework, CPU_FILE) is None


def test_a_busy_machine_does_not_make_a_tier_dearer() -> None:
    busy = dataclasses.replace(REPORT, seconds=30.0, processor_seconds=2.5)

    assert seconds_of(busy) == 2.5
    assert seconds_of(dataclasses.replace(busy, device="NVIDIA H100")) == 30.0
    assert seconds_of(REPORT) == REPORT.seconds


def test_tiers_trained_on_two_devices_are_not_written_down_as_one(tiny: Path) -> None:
    runs = trained_on("CPU", "simple", "medium") + trained_on("NVIDIA H100", "strong", "boss")

    with pytest.raises(HomeworkError, match="CPU and NVIDIA H100; measure them on one"):
        write_expected(load_homework(tiny), runs)


def test_every_tier_is_trained_with_every_seed_side_by_side(tiny: Path, tmp_path: Path) -> None:
    homework, heard = load_homework(tiny), set()
    build_homework(homework, tmp_path / "data")
    (tiny / "simple.py").write_text("print('hello', flush=True)\n" + (tiny / "simple.py").read_text())

    runs = train_all(
        homework,
        tmp_path / "data",
        tiers=["simple", "boss"],
        seeds=[1, 4],
        jobs=3,
        scratch=tmp_path / "scratch",
        hear=lambda label, progress, text: heard.add(label) if text else None,
    )

    assert sorted((one.tier, one.seed, one.public) for one in runs) == [
        ("boss", 1, 0.0),  # the answer is the data's seed, 1; the prediction is the training seed
        ("boss", 4, 3.0),
        ("simple", 1, 0.0),
        ("simple", 4, 3.0),
    ]
    assert heard == {"hw99_tiny simple seed 1", "hw99_tiny simple seed 4"}


def test_a_training_that_breaks_stops_the_others(tiny: Path, tmp_path: Path) -> None:
    homework = load_homework(tiny)
    build_homework(homework, tmp_path / "data")
    (tiny / "boss.py").write_text("def predict(public, *, seed, device, dry_run=False):\n    1 / 0\n")
    (tiny / "simple.py").write_text("import time\ntime.sleep(250)\n")

    runs = train_all(
        homework,
        tmp_path / "data",
        tiers=["simple", "boss"],
        seeds=[0],
        jobs=2,
        scratch=tmp_path / "scratch",
        hear=lambda label, progress, text: None,
    )

    with pytest.raises(RunFailed, match="ZeroDivisionError"):
        list(runs)


def test_the_spread_is_half_the_range() -> None:
    assert spread([0.1]) == 0.0
    assert spread([0.2, 0.6, 0.3]) == pytest.approx(0.2)
