"""The build and the import read competition.toml alike, and a later change of rules has the same bounds."""

import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baselines.homework import HomeworkError, load_homework
from grader.errors import BadHomeworkFile
from grader.homeworks.homework_file import HomeworkFile, read_homework_file
from grader.homeworks.rules import RuleFields, Unselected, keys_of
from server.domain.errors import Invalid
from server.domain.setup import rules
from server.domain.setup.importing import read_rules
from server.domain.setup.rule_fields import Rules

OPENS = datetime(2030, 3, 11, tzinfo=UTC)
TIER = {"hint": "x", "minutes": 1, "hardware": "", "needs_torch": False}
PLAIN: dict[str, Any] = {
    **{"title": "T", "metric": "accuracy", "id_column": "id", "target_columns": ["y"], "daily_limit": 5},
    **{"final_selections": 2, "unselected": "best", "reset_zone": "UTC", "opens_at": OPENS},
    **{"deadline_at": OPENS + timedelta(days=5), "late_until": OPENS + timedelta(days=6)},
    "reveal_at": OPENS + timedelta(days=7),
    "tier": [
        TIER | {"name": name, "points_public": 0.5, "points_private": 0}
        for name in ("simple", "medium", "strong", "boss")
    ],
}
NOT_NUMBERS = ["5", True, math.nan, math.inf, [], {}]
NOT_TIMES = [5, "soon", "2030-03-12T00:00:00", datetime(2030, 3, 12), date(2030, 3, 12)]  # noqa: DTZ001
# What each key takes at its bounds, and what lies beyond them.
BOUNDS: dict[str, tuple[list[Any], list[Any]]] = {
    "title": (["x", "x" * 200], ["", "x" * 201, 5]),
    "daily_limit": ([1, 1000], [0, 1001, 5.0, *NOT_NUMBERS]),
    "final_selections": ([1, 100], [0, 101, *NOT_NUMBERS]),
    "unselected": (["first", "best_public", "best"], ["worst", "", 1, []]),
    "team_size": ([1, 20], [0, 21, *NOT_NUMBERS]),
    "merge_until": ([OPENS, "2030-03-12T00:00:00+08:00"], NOT_TIMES),
    "late_penalty": ([0, 1, 0.5], [-0.01, 1.01, *NOT_NUMBERS]),
    "has_practice": ([True, False], [0, 1, "true"]),
    "shows_disagreement": ([True, False], [0, 1, "true"]),
    "ladder_step": ([1e-9, 3, 1e9], [0, -1, 1e-320, 1e10, 10**400, *NOT_NUMBERS]),
    "reset_zone": (["Asia/Taipei"], ["Mars/Olympus", "", 8]),
    "opens_at": ([OPENS - timedelta(days=1)], [OPENS + timedelta(days=5), *NOT_TIMES]),
    "deadline_at": ([OPENS + timedelta(days=6)], [OPENS, OPENS + timedelta(days=6.1), *NOT_TIMES]),
    "late_until": ([OPENS + timedelta(days=5)], [OPENS, *NOT_TIMES]),
    "reveal_at": ([OPENS + timedelta(days=5)], [OPENS, "0001-01-01T00:00:00+09:00", *NOT_TIMES]),
    "grace_seconds": ([0, 3600], [-1, 3601, *NOT_NUMBERS]),
    "upload_limit_bytes": ([1, 2**40], [0, 2**40 + 1, *NOT_NUMBERS]),
    "code_limit_bytes": ([0, 2_000_000_000], [-1, 2_000_000_001, *NOT_NUMBERS]),
    "leaks_accepted": (["", "ids are dates", "x" * 300], ["x" * 301, True, 5, []]),
    "metric": (["f1_macro"], ["rsme", "custom", 5]),
    "id_column": (["key"], ["y", 5]),
    "target_columns": ([["y"]], [[], ["y", "z"], [5], "y"]),
    "labels": ([[], ["a", "b"]], [[5], "ab"]),
    "prediction_columns": ([[], ["y"]], [["z"], "y"]),
    "auxiliary_columns": ([{}], [{"weights": 5}, {"no such": "w"}, []]),
    "metric_arguments": ([{}], [{"no such": 5}, []]),
    "higher_is_better": ([], [True, False, 1]),
    "item": (
        [[], [{"name": "x" * 60, "most": 0}, {"name": "y", "most": 1000}]],
        [
            "code",
            [5],
            [{"name": "code"}],
            [{"name": "", "most": 1}],
            [{"name": "x" * 61, "most": 1}],
            [{"name": "code", "most": -0.1}],
            [{"name": "code", "most": 1000.1}],
            [{"name": "code", "most": 1}, {"name": "Code", "most": 2}],
            [{"name": " code", "most": 1}],
            [{"name": str(number), "most": 1} for number in range(21)],
        ],
    ),
    "grades": (
        [
            {},
            {"weight": 0, "cap": 0, "bonus_points": 0.5, "bonus_places": 1},
            {"weight": 100, "cap": 1000, "bonus_points": 1000, "bonus_percent": 100},
        ],
        [
            5,
            {"wieght": 1},
            {"weight": -1},
            {"weight": 100.1},
            {"cap": -1},
            {"bonus_points": 0},
            {"bonus_points": 1},
            {"bonus_places": 3},
            {"bonus_points": 1, "bonus_places": 0},
            {"bonus_points": 1, "bonus_percent": 101},
            {"bonus_points": 1, "bonus_places": 3, "bonus_percent": 1},
        ],
    ),
    "tier": ([PLAIN["tier"]], [[], PLAIN["tier"][::-1], PLAIN["tier"][:3], [5], "simple"]),
}
WITHIN = [(name, value) for name, (values, _) in BOUNDS.items() for value in values]
BEYOND = [(name, value) for name, (_, values) in BOUNDS.items() for value in values]
MISSING = object()
CHANGES = st.dictionaries(
    st.sampled_from([*BOUNDS, "titel", "grace"]),
    st.sampled_from([MISSING, *(value for _, value in WITHIN + BEYOND)]),
    max_size=4,
)


def toml(value: Any) -> str:
    """A value as TOML has it; the tables are written inline."""
    match value:
        case bool() | str():
            return json.dumps(value)
        case datetime() | date():
            return value.isoformat()
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)} = {toml(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value)


def written(table: dict[str, Any]) -> bytes:
    """The competition.toml with these keys."""
    lines = [f"{name} = {toml(value)}\n" for name, value in table.items() if value is not MISSING]
    return "".join(lines).encode()


def built(folder: Path) -> str:
    """What the build says of a homework folder; "" where it takes it."""
    try:
        load_homework(folder)
    except HomeworkError as error:
        return str(error)
    return ""


def imported(folder: Path) -> str:
    """What the import says of a homework folder; "" where it takes it."""
    try:
        read_rules(folder / "competition.toml")
    except Invalid as error:
        return str(error)
    return ""


def changed(name: str, value: object) -> str:
    """What a change of one rule is told; "" where it holds."""
    current = Rules(**{each: PLAIN[each] for each in keys_of(RuleFields) if each in PLAIN}, description_md="")
    try:
        rules.checked(current, {name: value})
    except Invalid as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A homework folder with every file but competition.toml."""
    homework_folder = tmp_path_factory.mktemp("reader") / "hw99_tiny"
    homework_folder.mkdir()
    for name in ("description.md", "data.py", "simple.py", "medium.py", "strong.py", "boss.py"):
        (homework_folder / name).touch()
    return homework_folder


def test_an_alias_of_a_metric_becomes_its_name_and_the_k_in_it_an_argument() -> None:
    homework = read_homework_file(
        written(PLAIN | {"metric": "MAP@5", "metric_arguments": {}}), metric_file=None
    )

    assert (homework.metric, homework.metric_arguments) == ("map_at_k", {"k": 5})
    assert homework.spec.arguments == {"k": 5}


def test_a_metric_that_is_not_there_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(BadHomeworkFile, match=r"no metric 'rsme'\. Is 'rmse' meant") as error:
        read_homework_file(written(PLAIN | {"metric": "rsme"}), metric_file=None)

    assert len(error.value.problems) == 1


def test_every_key_of_the_file_has_its_bounds_tried() -> None:
    assert set(BOUNDS) == set(keys_of(HomeworkFile))


@pytest.mark.parametrize(("name", "value"), WITHIN)
def test_a_value_at_a_bound_is_taken_by_all(folder: Path, name: str, value: object) -> None:
    (folder / "competition.toml").write_bytes(written(PLAIN | {name: value}))

    assert (built(folder), imported(folder)) == ("", "")
    assert name not in keys_of(RuleFields) or changed(name, value) == ""


@pytest.mark.parametrize(("name", "value"), BEYOND)
def test_a_value_beyond_a_bound_is_refused_by_all_in_the_same_words(
    folder: Path, name: str, value: object
) -> None:
    (folder / "competition.toml").write_bytes(written(PLAIN | {name: value}))

    problem = built(folder)

    assert "hw99_tiny cannot be used: " in problem
    assert imported(folder) == problem
    words = problem.removeprefix("hw99_tiny cannot be used: ")
    assert name not in keys_of(RuleFields) or words in changed(name, value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_the_build_and_the_import_say_the_same_of_any_file(folder: Path, changes: dict[str, Any]) -> None:
    (folder / "competition.toml").write_bytes(written(PLAIN | changes))

    assert built(folder) == imported(folder)


def test_every_problem_is_named_at_once() -> None:
    table = PLAIN | {"title": MISSING, "titel": "T", "daily_limit": 0, "reveal_at": OPENS, "metric": "rsme"}

    with pytest.raises(Exception, match="The key 'title' is missing") as caught:
        read_homework_file(written(table), metric_file=None)

    problems = str(caught.value)
    assert "The key 'titel' is unknown. Is 'title' meant?" in problems
    assert "'daily_limit' should be a whole number from 1 to 1000, but is 0." in problems
    assert "Times run in this order" in problems
    assert "There is no metric 'rsme'" in problems


def test_what_the_file_leaves_out_gets_its_default() -> None:
    read = read_homework_file(written(PLAIN), metric_file=None)

    assert (read.grace_seconds, read.team_size, read.merge_until, read.late_penalty) == (60, 1, None, 1.0)
    assert read.unselected is Unselected.BEST
    assert [tier.name for tier in read.tier] == ["simple", "medium", "strong", "boss"]


@pytest.mark.parametrize("data", [b"\xff", b"title title"])
def test_what_is_no_toml_is_refused_by_both(folder: Path, data: bytes) -> None:
    (folder / "competition.toml").write_bytes(data)

    assert "competition.toml is not" in built(folder)
    assert imported(folder) == built(folder)
