"""What every homework folder must keep: a test over all of them, so that none can be forgotten."""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.build import KEY, SAMPLE, build_homework
from baselines.expected import read_expected, spread
from baselines.homework import SHARED_MODULE, TIERS, Homework, homework_named, homework_names, load_script
from baselines.measure import SEEDS, Training, out_of_order, read_key
from baselines.run import Report
from grader.grade import grade
from tests.support import homeworks
from tests.support.homeworks import OF_PICTURES

NO_REPORT = Report(device="CPU", seconds=0.0, peak_memory_mb=0.0, versions={})
SAID = r"(-?[\d.]+) \+- ([\d.]+) in ([\d.]+)"  # mean and spread of the scores, minutes
SLOW_TIERS = ("medium", "boss")  # whose single batch the long proofs train
FORBIDDEN = {"server", "socket", "urllib", "requests", "httpx2", "http", "subprocess", "pickle"}


def value_columns(homework: Homework) -> list[str]:
    """The columns of a submission beside the id."""
    return list(homework.spec.prediction_columns or homework.target_columns)


def csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


@cache
def one_batch(name: str, tier: str) -> pd.DataFrame:
    """What the tier of that homework predicts after one batch; not to be changed."""
    script = load_script(homework_named(name).folder / f"{tier}.py")
    table: pd.DataFrame = script.predict(homeworks.built(name) / "public", seed=0, device="cpu", dry_run=True)
    return table


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "homework",
    [pytest.param(name, marks=[pytest.mark.long] * (name in OF_PICTURES)) for name in homework_names()],
    indirect=True,
)
def test_the_same_seed_gives_the_same_bytes(homework: Homework, built: Path, tmp_path: Path) -> None:
    build_homework(homework, tmp_path)

    assert contents(tmp_path) == contents(built)


def test_the_key_is_accepted_and_the_sample_fits_it(homework: Homework, built: Path) -> None:
    key = read_key(homework, built)
    ids = pd.read_csv(built / KEY, dtype=str)[homework.id_column]

    assert 0.4 < key.public_rows / (key.public_rows + key.private_rows) < 0.6
    sample = pd.read_csv(built / SAMPLE, dtype=str)
    assert list(sample.columns) == [homework.id_column, *value_columns(homework)]
    assert list(sample[homework.id_column]) == list(ids)


def test_the_answers_are_in_no_public_file(homework: Homework, built: Path) -> None:
    answers = pd.read_csv(built / KEY, dtype=str)
    sample = pd.read_csv(built / SAMPLE, dtype=str)

    assert not list((built / "public").rglob("*key*"))
    assert sample[value_columns(homework)].nunique().max() == 1
    for path in (built / "public").rglob("*.csv"):
        columns = set(pd.read_csv(path, nrows=1).columns)
        assert "Usage" not in columns
    assert set(answers["Usage"]) == {"Public", "Private"}


@pytest.mark.parametrize(
    "tier", [pytest.param(tier, marks=[pytest.mark.long] * (tier in SLOW_TIERS)) for tier in TIERS]
)
def test_one_batch_of_each_tier_gives_a_valid_submission(homework: Homework, built: Path, tier: str) -> None:
    if homework.tier(tier).needs_torch:
        pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    table = one_batch(homework.name, tier)

    scores = grade(csv(table), read_key(homework, built))
    assert np.isfinite([scores.public, scores.private]).all()


@pytest.mark.gpu
@pytest.mark.parametrize("tier", TIERS)
def test_one_batch_of_each_tier_runs_on_a_card(homework: Homework, built: Path, tier: str) -> None:
    torch = pytest.importorskip("torch", reason="this tier needs torch, which is not installed")
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")
    script = load_script(homework.folder / f"{tier}.py")

    table = script.predict(built / "public", seed=0, device="cuda", dry_run=True)

    assert np.isfinite(grade(csv(table), read_key(homework, built)).public)


def test_the_simple_tier_repeats_itself_for_a_seed(homework: Homework, built: Path) -> None:
    script = load_script(homework.folder / "simple.py")

    again = script.predict(built / "public", seed=0, device="cpu", dry_run=True)

    assert one_batch(homework.name, "simple").equals(again)


def test_expected_scores_are_recorded_in_order(homework: Homework) -> None:
    expected = read_expected(homework)

    assert tuple(expected) == TIERS
    assert all(len(tier.public) == len(tier.private) == len(SEEDS) for tier in expected.values())
    trained = [
        Training(name, seed, public, private, NO_REPORT)
        for name, tier in expected.items()
        for seed, (public, private) in enumerate(zip(tier.public, tier.private, strict=True))
    ]
    assert out_of_order(homework, trained) == []


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_begins_with_its_idea_and_with_what_was_measured(homework: Homework, tier: str) -> None:
    known = read_expected(homework)[tier]
    first = (homework.folder / f"{tier}.py").read_text(encoding="utf-8").split("\n")[0]

    match = re.fullmatch(
        rf'"""{tier.capitalize()}: (.+)\. Expect private .+? {SAID} minutes \(CPU\)\.', first
    )

    assert match is not None, first
    digit = 10.0 ** -len(match[2].partition(".")[2])  # the last one that it tells
    assert abs(float(match[2]) - np.mean(known.private)) < 1.01 * digit
    assert abs(float(match[3]) - spread(known.private)) < 2.01 * digit
    assert known.seconds / 120 - 0.1 <= float(match[4]) <= known.seconds / 30 + 0.1


@pytest.mark.parametrize("page", ["description.md", "description.zh-TW.md"])
def test_pages_for_students_say_what_they_must(homework: Homework, page: str) -> None:
    text = (homework.folder / page).read_text(encoding="utf-8")

    for words in (homework.id_column, *value_columns(homework), "sample_submission.csv", "**private**"):
        assert words in text
    assert all(f"**{tier}**" in text for tier in TIERS)


def test_the_chinese_page_is_chinese(homework: Homework) -> None:
    text = (homework.folder / "description.zh-TW.md").read_text(encoding="utf-8")

    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 400
    assert "每天" in text or "每日" in text  # the daily limit is told


def test_notes_for_staff_say_what_it_is_proof_against(homework: Homework) -> None:
    notes = (homework.folder / "NOTES.md").read_text(encoding="utf-8")

    assert "proof against" in notes
    assert "real data" in notes.lower()


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
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in homework.folder.glob("*.py")}
    for tier in homework.tiers:
        source = scripts[tier.name]
        if f"from .{SHARED_MODULE} import" in source:
            source += scripts[SHARED_MODULE]
        assert ("import torch" in source) == tier.needs_torch


def test_homeworks_of_few_classes_declare_them_so_that_a_label_of_none_is_refused_at_no_cost() -> None:
    declared = {name for name in homework_names() if homework_named(name).spec.labels}

    assert {name.partition("_")[0] for name in declared} == {"hw02", "hw03", "hw11", "hw14", "hw15"}
