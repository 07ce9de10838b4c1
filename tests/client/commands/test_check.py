"""`splitboard check` finds what is wrong with a file, offline."""

import json
from pathlib import Path

import pytest

from tests.client.conftest import Splitboard


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample_submission.csv"
    path.write_text("id,value\n01,0.0\n02,0.0\n")
    return path


def written(folder: Path, text: str) -> str:
    path = folder / "mine.csv"
    path.write_text(text)
    return str(path)


def test_a_good_file_is_well_formed(splitboard: Splitboard, sample: Path, tmp_path: Path) -> None:
    good = written(tmp_path, "id,value\n02,1.5\n01,2.5\n")

    ended = splitboard("check", good, "--like", str(sample))

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{good} is well-formed: 2 rows, columns id, value.\n"


def test_every_problem_is_listed_at_once(splitboard: Splitboard, sample: Path, tmp_path: Path) -> None:
    bad = written(tmp_path, "id,value\n01,nan\n01,2.5\n7,1.0\n")

    ended = splitboard("check", bad, "--like", str(sample))

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("mine.csv is not a valid submission: ")
    assert ended.err.count("\n- ") >= 2


def test_problems_as_json_have_codes_and_lines(splitboard: Splitboard, sample: Path, tmp_path: Path) -> None:
    bad = written(tmp_path, "id,value\n01,1.0\n01,2.5\n")

    ended = splitboard("check", bad, "--like", str(sample), "--json")

    error = json.loads(ended.out)["error"]
    assert ended.status == 1
    assert all(problem["code"] and problem["message"] for problem in error["details"]["problems"])


def test_a_metric_says_what_values_it_takes(splitboard: Splitboard, sample: Path, tmp_path: Path) -> None:
    words = written(tmp_path, "id,value\n01,cat\n02,dog\n")

    assert splitboard("check", words, "--like", str(sample), "--metric", "accuracy").status == 0
    assert splitboard("check", words, "--like", str(sample), "--metric", "rmse").status == 1


def test_an_unknown_metric_is_a_misuse(splitboard: Splitboard, sample: Path, tmp_path: Path) -> None:
    good = written(tmp_path, "id,value\n01,1.0\n02,2.5\n")

    ended = splitboard("check", good, "--like", str(sample), "--metric", "rmsee")

    assert ended.status == 2
    assert "There is no metric 'rmsee'" in ended.err
