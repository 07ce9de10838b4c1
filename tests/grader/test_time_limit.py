"""A metric that a file makes slow ends at a limit: refused on public rows, silent on private ones."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import grader.grade
from grader.errors import InvalidSubmission, PrivateRowsFailed
from grader.grade import grade, grade_with_errors
from grader.metrics import METRICS
from grader.metrics.fields import BOXES, TAGS, TEXT
from grader.time_limit import TookTooLong, in_time, time_limit
from tests.grader.metrics.proofs import PROOFS
from tests.grader.metrics.test_registry import TrialFiles

# Those that go through rows or columns in Python; what the others do in numpy is over in seconds.
ROW_BY_ROW = [name for name, metric in METRICS.items() if metric.answers in {TEXT, TAGS, BOXES}]
COLUMN_BY_COLUMN = ["roc_auc_ovr_weighted", "roc_auc_ovo_macro", "lwlrap"]


def test_rows_come_until_the_thread_has_computed_for_so_long() -> None:
    with time_limit(0.02):
        begun, rows = time.thread_time(), in_time(range(10**9))
        assert next(rows) == 0
        with pytest.raises(TookTooLong):
            deque(rows, maxlen=0)
        assert 0.02 <= time.thread_time() - begun < 5
    assert list(in_time(range(3))) == [0, 1, 2]


def test_sleeping_takes_nobodys_time_away() -> None:
    with time_limit(0.5):
        time.sleep(0.6)
        assert list(in_time("ab")) == ["a", "b"]


@pytest.mark.parametrize("name", [*ROW_BY_ROW, *COLUMN_BY_COLUMN, "token_error_rate"])
def test_each_metric_that_loops_ends_at_the_limit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = TrialFiles(name, 2 * PROOFS[name].at_least, seed=0)
    files.grade()
    monkeypatch.setattr(grader.grade, "SCORE_SECONDS", -1.0)

    with pytest.raises(InvalidSubmission) as refusal:
        files.grade()

    assert [problem.code for problem in refusal.value.problems] == ["too_slow"]


@pytest.mark.parametrize("scored", [grade, grade_with_errors])
def test_a_file_that_is_slow_on_private_rows_alone_has_its_public_score(
    scored: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = iter([60.0, -1.0])

    @contextmanager
    def limited(_: float) -> Iterator[None]:
        with time_limit(next(limits)):
            yield

    files = TrialFiles("wer", 2 * PROOFS["wer"].at_least, seed=0)
    public = files.grade().public
    monkeypatch.setattr(grader.grade, "time_limit", limited)
    monkeypatch.setattr("tests.grader.metrics.test_registry.grade", scored)

    with pytest.raises(PrivateRowsFailed) as failure:
        files.grade()

    assert failure.value.public == public
    assert "more than 60 s" in str(failure.value.reason)
