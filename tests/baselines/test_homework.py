"""A broken homework folder is refused in clear words, with all its problems."""

import shutil
from pathlib import Path

import pytest

from baselines.homework import HomeworkError, homework_named, load_homework


def change(folder: Path, before: str, after: str) -> None:
    path = folder / "competition.toml"
    path.write_text(path.read_text().replace(before, after, 1))


def test_a_complete_folder_is_read(tiny: Path) -> None:
    homework = load_homework(tiny)

    assert homework.name == "hw99_tiny"
    assert homework.target_columns == ("y",)
    assert [tier.name for tier in homework.tiers] == ["simple", "medium", "strong", "boss"]
    assert homework.tier("boss").points_private == 0.5


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('title = "Tiny"', "", "The key 'title' is missing."),
        ('title = "Tiny"', 'titel = "Tiny"', "The key 'titel' is unknown."),
        ("daily_limit = 5", 'daily_limit = "5"', "whole number from 1 to 1000, but is '5'."),
        ("daily_limit = 5", "daily_limit = true", "whole number from 1 to 1000, but is True."),
        ("daily_limit = 5", "daily_limit = 0", "'daily_limit' should be a whole number from 1 to 1000"),
        ('metric = "rmse"', 'metric = "rsme"', "There is no metric 'rsme'."),
        ("Asia/Taipei", "Asia/Taipeh", "'reset_zone' should be an IANA time zone, such as Asia/Taipei, but"),
        ("2027-03-26T23:59:00+08:00", "2027-03-26T23:59:00", "offset from UTC"),
        ("2027-03-26T23:59:00+08:00", "2026-03-26T23:59:00+08:00", "Times run in this order"),
        ('name = "medium"', 'name = "middle"', "Tier 2: 'name' should be one of simple, medium"),
        ('name = "medium"', 'name = "simple"', "The tiers should be simple, medium, strong, boss"),
        ('hint = "Think."', "", "Tier 1: The key 'hint' is missing."),
        ("title", "title title", "is not TOML"),
    ],
)
def test_a_problem_of_competition_toml_is_named(tiny: Path, before: str, after: str, words: str) -> None:
    change(tiny, before, after)

    with pytest.raises(HomeworkError, match="hw99_tiny cannot be used") as caught:
        load_homework(tiny)

    assert words in str(caught.value)


def test_all_problems_are_told_together(tiny: Path) -> None:
    change(tiny, 'title = "Tiny"', "")
    change(tiny, 'metric = "rmse"', "")

    with pytest.raises(HomeworkError) as caught:
        load_homework(tiny)

    assert len(caught.value.problems) == 2


def test_a_missing_script_is_named(tiny: Path) -> None:
    (tiny / "boss.py").unlink()

    with pytest.raises(HomeworkError, match=r"The file boss\.py is missing"):
        load_homework(tiny)


def test_an_unknown_homework_or_tier_is_answered_with_the_known_ones(tiny: Path) -> None:
    with pytest.raises(HomeworkError, match="there are: hw99_tiny"):
        homework_named("hw98", root=tiny.parent)
    with pytest.raises(HomeworkError, match="there are: simple, medium, strong, boss"):
        load_homework(tiny).tier("chief")


def test_the_number_of_a_homework_is_name_enough(tiny: Path) -> None:
    assert homework_named("hw99", root=tiny.parent).name == "hw99_tiny"

    shutil.copytree(tiny, tiny.parent / "hw99_other")
    with pytest.raises(HomeworkError, match="there are: hw99_other, hw99_tiny"):
        homework_named("hw99", root=tiny.parent)
