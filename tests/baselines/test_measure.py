"""Whether scores are as expected and tiers in order is decided here, for both directions of a metric."""

from pathlib import Path

import pytest

from baselines.homework import HomeworkError, load_homework
from baselines.measure import (
    Expected,
    Trained,
    out_of_order,
    out_of_range,
    read_expected,
    spread,
    write_expected,
)
from baselines.run import Report

REPORT = Report(device="CPU", seconds=3.0, peak_memory_mb=100.0, versions={"python": "3.11"})


def trained(tier: str, *scores: float) -> list[Trained]:
    return [Trained(tier, seed, score, score + 0.01, REPORT) for seed, score in enumerate(scores)]


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
    assert expected["medium"] == Expected((0.9, 0.89), (0.91, 0.9), 3.0)
    assert out_of_range(expected, runs) == []


def test_a_homework_never_measured_says_how_to(tiny: Path) -> None:
    with pytest.raises(HomeworkError, match="`measure hw99_tiny` writes it"):
        read_expected(load_homework(tiny))


def test_the_spread_is_half_the_range() -> None:
    assert spread([0.1]) == 0.0
    assert spread([0.2, 0.6, 0.3]) == pytest.approx(0.2)
