"""No spoiled upload and no spoiled key is misread; `python -m tests.grader.spoiled.proof` draws more."""

import pytest

from tests.grader.spoiled.proof import Verdicts, judge_keys, judge_uploads


def misread(verdicts: Verdicts) -> list[str]:
    return [f"{difference}: {case}" for case, difference in verdicts.misread]


@pytest.mark.parametrize(
    "files", [150, pytest.param(3_000, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])]
)
def test_a_spoiled_upload_is_refused_or_scored_as_it_reads(files: int) -> None:
    verdicts = judge_uploads(files, seed=1)

    assert misread(verdicts) == []
    assert min(verdicts.counts["refused"], verdicts.counts["scored"]) > files / 8


@pytest.mark.parametrize(
    "files", [100, pytest.param(1_000, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])]
)
def test_a_spoiled_key_is_refused_warned_of_or_grades_as_it_reads(files: int) -> None:
    verdicts = judge_keys(files, seed=1)

    assert misread(verdicts) == []
    assert min(verdicts.counts["refused"], verdicts.counts["scored"]) > files / 8
