"""The offline check: the same problems as the server's, from sample_submission.csv alone, and its command."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.__main__ import main
from grader.check import check
from grader.errors import InvalidSubmission
from grader.metrics import METRICS
from tests.grader.cases import ORACLES, case, submission_file

SAMPLE = b"id,label\na1,0\na2,0\na3,0\n"


def test_a_good_file_is_summed_up() -> None:
    summary = check(b"label,id\n3,a2\n2,a1\n1,a3\n", sample=SAMPLE)

    assert (summary.rows, summary.columns) == (3, ("id", "label"))


@pytest.mark.parametrize("metric", ORACLES)
def test_the_sample_itself_passes_and_so_does_a_perfect_file(metric: str) -> None:
    one = case(metric)
    sample = submission_file(one, [["0"]] * 40)

    for data in (sample, submission_file(one)):
        assert check(data, sample=sample, metric=metric).rows == 40


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"id,label\na1,0\na2,0\n", "missing_id"),
        (b"id,label\na1,0\na2,0\na3,x\n", "not_a_number"),
        (b"id,Label\na1,0\na2,0\na3,0\n", "misspelt_column"),
        (b"id,label\na1,0\na2,0\na2,0\n", "repeated_id"),
    ],
)
def test_problems_are_found_offline(data: bytes, code: str) -> None:
    with pytest.raises(InvalidSubmission) as error:
        check(data, sample=SAMPLE)

    assert code in [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(
    ("metric", "value", "code"),
    [
        ("accuracy", b"1.0", "not_a_whole_number"),
        ("log_loss", b"1.5", "out_of_range"),
        ("roc_auc", b"nan", "not_finite"),
        ("rmse", b"1,5", "wrong_field_count"),
    ],
)
def test_the_metric_says_what_values_are_allowed(metric: str, value: bytes, code: str) -> None:
    data = SAMPLE.replace(b"a1,0", b"a1," + value)

    with pytest.raises(InvalidSubmission) as error:
        check(data, sample=SAMPLE, metric=metric)

    assert [problem.code for problem in error.value.problems] == [code]


def test_text_labels_are_allowed_where_the_sample_has_text() -> None:
    assert check(b"id,label\na,x\nb,dog\n", sample=b"id,label\na,cat\nb,cat\n").rows == 2


def test_a_sample_that_is_broken_is_named_as_the_cause() -> None:
    with pytest.raises(InvalidSubmission, match=r"sample_submission\.csv itself"):
        check(SAMPLE, sample=b"id,label\na1\n")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "sample.csv").write_bytes(SAMPLE)
    (tmp_path / "good.csv").write_bytes(SAMPLE.replace(b",0", b",1"))
    (tmp_path / "bad.csv").write_bytes(SAMPLE.replace(b"a3,0", b"a3,?"))
    return tmp_path


def test_the_command_accepts_a_good_file(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["check", f"{files}/good.csv", "--like", f"{files}/sample.csv", "--metric", "rmse"])

    assert status == 0
    assert "well-formed. 3 rows" in capsys.readouterr().out


def test_the_command_lists_the_problems_of_a_bad_file(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["check", f"{files}/bad.csv", "--like", f"{files}/sample.csv"])

    assert status == 1
    assert "not_a_number" in (errors := capsys.readouterr().err)
    assert "id 'a3': '?'" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "{}/none.csv", "--like", "{}/sample.csv"],
        ["check", "{}/good.csv", "--like", "{}/sample.csv", "--metric", "nonsense"],
    ],
)
def test_the_command_says_when_it_is_wrong_itself(files: Path, arguments: list[str]) -> None:
    assert main([word.format(files) for word in arguments]) == 2


def test_the_command_lists_every_metric(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics"]) == 0

    output = capsys.readouterr().out
    names = [line.split()[0] for line in output.splitlines() if line[:2] == "  " and line[2:3].strip()]
    assert names == list(METRICS)
    assert output.endswith(f"{len(METRICS)} metrics\n")


def test_the_command_ends_quietly_when_nobody_reads_on() -> None:
    # As `python -m grader metrics | head` does once it has its lines.
    command = [sys.executable, "-m", "grader", "metrics"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == b""
