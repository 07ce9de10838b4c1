"""docs/homeworks.md says what was measured, and says where nothing was."""

from pathlib import Path

import pytest

from baselines.commands.score_table import PAGE, page
from baselines.homework import Homework, HomeworkError, homework_named, homework_names, load_homework
from baselines.measure import Training, write_expected
from baselines.run import Report

CPU = Report(device="CPU, 2 cores", seconds=90.0, peak_memory_mb=300.0, versions={"python": "3.11"})
GPU = Report(device="NVIDIA H100", seconds=6.0, peak_memory_mb=900.0, versions={"python": "3.11"})


def with_ideas(folder: Path) -> Homework:
    """The homework in the folder, each of whose tiers says its idea."""
    for tier in ("simple", "medium", "strong", "boss"):
        script = folder / f"{tier}.py"
        docstring = (
            f'"""{tier.capitalize()}: count once more. Expect private RMSE 1 +- 0 in 1 minutes (CPU)."""\n'
        )
        script.write_text(docstring + script.read_text())
    return load_homework(folder)


def runs(report: Report) -> list[Training]:
    tiers = ("simple", "medium", "strong", "boss")
    return [Training(tier, seed, 0.5, 0.5 + seed / 10, report) for tier in tiers for seed in (0, 2)]


def test_the_page_is_what_the_command_writes_from_the_measured_files() -> None:
    assert PAGE.read_text(encoding="utf-8") == page([homework_named(name) for name in homework_names()])


def test_a_tier_stands_with_scores_spread_and_cost(tiny: Path) -> None:
    homework = with_ideas(tiny)
    write_expected(homework, runs(CPU))

    markdown = page([homework])

    scores = "0.500 +- 0.000 | 0.600 +- 0.100 | 1.50 | 300 | not measured | not measured"
    assert f"| boss | count once more | {scores} |\n" in markdown


def test_a_card_that_was_measured_has_its_columns(tiny: Path) -> None:
    homework = with_ideas(tiny)
    write_expected(homework, runs(CPU))
    write_expected(homework, runs(GPU))

    markdown = page([homework])

    assert "| 1.50 | 300 | 0.10 | 0.600 +- 0.100 |" in markdown
    assert "- GPU: NVIDIA H100: python 3.11" in markdown


def test_a_homework_never_measured_is_named(tiny: Path) -> None:
    with pytest.raises(HomeworkError, match="`measure hw99_tiny` writes it"):
        page([load_homework(tiny)])


def test_a_tier_that_does_not_say_its_idea_is_named(tiny: Path) -> None:
    homework = load_homework(tiny)
    write_expected(homework, runs(CPU))

    with pytest.raises(HomeworkError, match=r"simple\.py must begin with a docstring"):
        page([homework])
