"""For every homework: whoever does nothing stays far below simple, and its key cannot be found out."""

import ast
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE, build_homework_from, build_homework_with_seed
from baselines.expected import read_expected, spread
from baselines.files import SourceProblems
from baselines.homework import HOMEWORKS, Homework, homework_names, load_script
from baselines.measure import read_key
from grader.grade import Grade, grade
from tests.support.homeworks import OF_PICTURES

DEFAULT_SEED = 2021  # that of the demonstrations, written in each data.py
OWN_WORDS = ("constant", "random", "sample", "order")  # of an attack, in a homework's own tests
FROM_NOTHING = {"accuracy", "rmse"}  # metrics in which doing nothing is far from any model


def rules_of(name: str) -> dict[str, object]:
    """The homework's competition.toml."""
    return tomllib.loads((HOMEWORKS / name / "competition.toml").read_text(encoding="utf-8"))


def is_one_column(name: str) -> bool:
    """Whether an answer is one label or number of the key: what the attacks below can make up."""
    rules = rules_of(name)
    columns = rules["target_columns"]
    is_plain = rules["metric"] != "custom" and "prediction_columns" not in rules
    return is_plain and isinstance(columns, list) and len(columns) == 1


def takes_files(name: str) -> bool:
    """Whether a course can build it from data of its own."""
    return "def build_from(" in (HOMEWORKS / name / "data.py").read_text(encoding="utf-8")


ONE_COLUMN = [name for name in homework_names() if is_one_column(name)]
OTHERS = [name for name in homework_names() if not is_one_column(name)]
FROM_FILES = [name for name in homework_names() if takes_files(name)]


def attacks(key: pd.DataFrame, sample: pd.DataFrame, target: str) -> dict[str, object]:
    """Columns of predictions that need no model, by what they are."""
    rng = np.random.default_rng(5)
    values = key[target]
    is_number = pd.api.types.is_float_dtype(values)
    before = (
        values.where(key["Usage"] == "Public").ffill().bfill().astype(values.dtype)
    )  # the last public row's answer
    return {
        "the sample": sample[target],
        "one value for all": values.mean() if is_number else values.mode()[0],
        "drawn at random": rng.choice(values.unique(), len(key)),
        "the right answers in another order": rng.permutation(values),
        "in the order of the ids": values.sort_values().to_numpy(),
        "private rows as the public row before": before.where(key["Usage"] == "Private", values.mode()[0]),
    }


@pytest.mark.parametrize("homework", ONE_COLUMN, indirect=True)
def test_who_does_nothing_stays_far_below_the_simple_tier(homework: Homework, built: Path) -> None:
    key, sample, target = pd.read_csv(built / KEY), pd.read_csv(built / SAMPLE), homework.target_columns[0]
    answer_key, table = read_key(homework, built), pd.DataFrame({homework.id_column: key[homework.id_column]})

    scores = {
        name: grade(table.assign(**{target: values}).to_csv(index=False).encode(), answer_key)
        for name, values in attacks(key, sample, target).items()
    }

    assert {name: each for name, each in scores.items() if not is_far_below_simple(each, homework)} == {}


@pytest.mark.parametrize("name", OTHERS)
def test_answers_of_another_kind_are_attacked_in_the_homeworks_own_tests(name: str) -> None:
    tree = ast.parse((Path(__file__).parent / f"test_{name}.py").read_text(encoding="utf-8"))
    attack_code = " ".join(ast.unparse(node) for node in tree.body if "attack" in getattr(node, "name", ""))

    assert all(word in attack_code for word in OWN_WORDS)


def is_far_below_simple(scores: Grade, homework: Homework) -> bool:
    """Whether both halves are worse than simple's worst by a third, or a quarter of the step to medium."""
    known, sign = read_expected(homework), 1 if homework.spec.higher_is_better else -1
    for half in ("public", "private"):
        simple, medium = getattr(known["simple"], half), getattr(known["medium"], half)
        worst = min(sign * score for score in simple)
        step = abs(np.mean(medium) - np.mean(simple))
        margin = abs(worst) / 3 if homework.metric in FROM_NOTHING else max(step / 4, 2 * spread(simple))
        if sign * getattr(scores, half) > worst - margin:
            return False
    return True


@pytest.mark.parametrize(
    "homework",
    [pytest.param(name, marks=[pytest.mark.long] * (name in OF_PICTURES)) for name in homework_names()],
    indirect=True,
)
def test_the_whole_seed_decides_the_key(homework: Homework, built: Path, tmp_path: Path) -> None:
    build_homework_with_seed(homework, tmp_path, seed=DEFAULT_SEED + 2**100)  # the lower 64 bits are the same

    ours, other_key = pd.read_csv(built / KEY), pd.read_csv(tmp_path / KEY)
    assert list(ours.columns) == list(other_key.columns)
    assert not ours["Usage"].equals(other_key["Usage"])
    assert read_key(homework, tmp_path).rows == len(other_key)


def test_public_files_and_the_split_are_drawn_from_streams_of_their_own(homework: Homework) -> None:
    source = (homework.folder / "data.py").read_text(encoding="utf-8")

    assert "SeedSequence(seed).spawn(" in source
    assert "default_rng(seed)" not in source
    assert f"seed: int = {DEFAULT_SEED}" in source


@pytest.mark.parametrize("name", homework_names())
def test_a_homework_that_takes_no_files_says_why(name: str) -> None:
    notes = (HOMEWORKS / name / "NOTES.md").read_text(encoding="utf-8")

    assert takes_files(name) or "makes its own data" in notes


@pytest.mark.parametrize(
    "homework",
    [pytest.param(name, marks=[pytest.mark.long] * (name in OF_PICTURES)) for name in FROM_FILES],
    indirect=True,
)
def test_the_layout_that_build_writes_is_the_one_that_build_from_reads(
    homework: Homework, built: Path, tmp_path: Path
) -> None:
    if homework.tier("simple").needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    build_homework_from(homework, tmp_path, source=built / "public", seed=3)
    simple = load_script(homework.folder / "simple.py")

    table = simple.predict(tmp_path / "public", seed=0, device="cpu", dry_run=True)

    key = read_key(homework, tmp_path)
    assert 0.3 < key.public_rows / (key.public_rows + key.private_rows) < 0.7
    assert np.isfinite(grade(table.to_csv(index=False).encode(), key).private)


@pytest.mark.parametrize("homework", FROM_FILES, indirect=True)
def test_an_empty_folder_is_answered_with_what_it_should_hold(homework: Homework, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()

    with pytest.raises(SourceProblems, match=r"cannot be used: .*(not found|there is nothing|Neither)"):
        build_homework_from(homework, tmp_path / "out", source=source, seed=3)
