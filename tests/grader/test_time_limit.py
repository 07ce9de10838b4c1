"""A metric that a file makes slow ends at a limit: refused on public rows, silent on private ones."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pyarrow as pa
import pytest
from sacrebleu.metrics.ter import TER

import grader.grade
from grader.errors import InvalidSubmission, PrivateRowsFailed
from grader.grade import grade, grade_with_errors
from grader.metrics import METRICS
from grader.metrics.fields import BOXES, TAGS, TEXT
from grader.metrics.texts.edit_rate import TimedEditRate
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


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("bleu", {"tokenizer": "13a"}), ("chrf", {"word_order": 2}), ("ter", {"case_sensitive": False})],
)
def test_a_single_long_text_ends_at_the_limit(name: str, arguments: dict[str, object]) -> None:
    texts = pa.array(["the cat sat"]), pa.array(["cat " * 300_000])

    with pytest.raises(TookTooLong):
        METRICS[name].function(*texts, **arguments)


def test_the_search_for_shifts_in_one_text_ends_at_the_limit() -> None:
    words = [f"w{number % 7 * number % 11}" for number in range(400)]
    texts = pa.array([" ".join(words)]), pa.array([" ".join(words[::-1] * 3)])

    begun = time.thread_time()
    with time_limit(0.1), pytest.raises(TookTooLong):
        METRICS["ter"].function(*texts, case_sensitive=False)
    assert time.thread_time() - begun < 5


def test_the_edit_rate_is_sacrebleus() -> None:
    random = Random(0)
    for _ in range(50):
        references = [[" ".join(random.choices("abcdefgh", k=random.randint(1, 20)))] for _ in range(2)]
        text = [" ".join(random.choices("abcdefgh", k=random.randint(0, 30)))]
        timed, plain = (kind().corpus_score(text, references) for kind in (TimedEditRate, TER))
        assert timed.score == plain.score


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
