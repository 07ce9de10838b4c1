"""What every homework folder must keep: a test over all of them, so that none can be forgotten."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE, build_homework, build_homework_with_seed
from baselines.expected import read_expected
from baselines.homework import TIERS, Homework, load_script
from baselines.measure import Trained, out_of_order, read_key
from baselines.run import Report
from grader.check import check
from grader.grade import Grade, grade
from grader.metrics import METRICS

NO_REPORT = Report(device="CPU", seconds=0.0, peak_memory_mb=0.0, versions={})
FORBIDDEN = {"server", "socket", "urllib", "requests", "httpx2", "http", "subprocess", "pickle"}


def csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_same_seed_gives_the_same_bytes(homework: Homework, built: Path, tmp_path: Path) -> None:
    build_homework(homework, tmp_path)

    assert contents(tmp_path) == contents(built)


def test_another_seed_gives_other_answers_to_a_form_of_the_same_columns(
    homework: Homework, built: Path, tmp_path: Path
) -> None:
    build_homework_with_seed(homework, tmp_path, seed=2**100 + 1)

    ours, theirs = pd.read_csv(built / KEY), pd.read_csv(tmp_path / KEY)
    assert list(ours.columns) == list(theirs.columns)
    assert not ours.equals(theirs)
    assert read_key(homework, tmp_path).rows == len(theirs)


def test_the_key_is_accepted_and_the_sample_fits_it(homework: Homework, built: Path) -> None:
    key = read_key(homework, built)

    assert 0.4 < key.public_rows / (key.public_rows + key.private_rows) < 0.6
    sample = pd.read_csv(built / SAMPLE)
    assert list(sample.columns) == [homework.id_column, *homework.target_columns]
    assert list(sample[homework.id_column]) == list(range(key.rows))


def test_the_answers_are_in_no_public_file(homework: Homework, built: Path) -> None:
    answers = pd.read_csv(built / KEY, dtype=str)
    sample = pd.read_csv(built / SAMPLE)

    assert not list((built / "public").rglob("*key*"))
    assert sample[list(homework.target_columns)].nunique().max() == 1
    for path in (built / "public").rglob("*.csv"):
        columns = set(pd.read_csv(path, nrows=1).columns)
        assert "Usage" not in columns
    assert set(answers["Usage"]) == {"Public", "Private"}


@pytest.mark.parametrize("tier", TIERS)
def test_one_batch_of_each_tier_gives_a_valid_submission(homework: Homework, built: Path, tier: str) -> None:
    if homework.tier(tier).needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    script = load_script(homework.folder / f"{tier}.py")

    table = script.predict(built / "public", seed=0, device="cpu", dry_run=True)

    checked = check(csv(table), sample=(built / SAMPLE).read_bytes(), metric=homework.metric)
    assert checked.rows == len(pd.read_csv(built / SAMPLE))
    assert "Expect private" in str(script.__doc__)


def test_the_simple_tier_repeats_itself_for_a_seed(homework: Homework, built: Path) -> None:
    script = load_script(homework.folder / "simple.py")

    once, again = (script.predict(built / "public", seed=3, device="cpu", dry_run=True) for _ in range(2))

    assert once.equals(again)


@pytest.mark.parametrize("lazy", ["the sample", "one value for all", "drawn at random", "shuffled"])
def test_who_does_nothing_stays_below_the_simple_tier(homework: Homework, built: Path, lazy: str) -> None:
    key, target = pd.read_csv(built / KEY), homework.target_columns[0]
    best_constant = key[target].mode()[0] if key[target].dtype.kind == "i" else key[target].mean()
    rng = np.random.default_rng(5)
    values = {
        "the sample": pd.read_csv(built / SAMPLE)[target],
        "one value for all": best_constant,
        "drawn at random": rng.choice(key[target].unique(), len(key)),
        "shuffled": rng.permutation(key[target]),
    }
    table = pd.DataFrame({homework.id_column: key[homework.id_column], target: values[lazy]})

    scores = grade(csv(table), read_key(homework, built))

    assert is_far_below_simple(scores, homework)


def is_far_below_simple(scores: Grade, homework: Homework) -> bool:
    """Whether both halves are worse by a third than the simple tier at its worst."""
    simple = read_expected(homework)["simple"]
    if METRICS[homework.metric].higher_is_better:
        return scores.public < 2 / 3 * min(simple.public) and scores.private < 2 / 3 * min(simple.private)
    return scores.public > 4 / 3 * max(simple.public) and scores.private > 4 / 3 * max(simple.private)


def test_expected_scores_are_recorded_in_order(homework: Homework) -> None:
    expected = read_expected(homework)

    assert tuple(expected) == TIERS
    assert all(len(tier.public) == len(tier.private) == 3 for tier in expected.values())
    trained = [
        Trained(name, seed, public, private, NO_REPORT)
        for name, tier in expected.items()
        for seed, (public, private) in enumerate(zip(tier.public, tier.private, strict=True))
    ]
    assert out_of_order(homework, trained) == []


def test_pages_for_students_say_what_they_must(homework: Homework) -> None:
    page = (homework.folder / "description.md").read_text(encoding="utf-8")

    for words in (
        homework.id_column,
        *homework.target_columns,
        "sample_submission.csv",
        "**private**",
        "day",
    ):
        assert words in page
    assert all(f"**{tier}**" in page for tier in TIERS)


def test_scripts_reach_neither_the_server_nor_the_network(homework: Homework) -> None:
    imported = set()
    for path in homework.folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])

    assert not imported & FORBIDDEN


def test_only_tiers_that_say_so_import_torch(homework: Homework) -> None:
    for tier in homework.tiers:
        source = (homework.folder / f"{tier.name}.py").read_text(encoding="utf-8")
        assert ("import torch" in source) == tier.needs_torch
