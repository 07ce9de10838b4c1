"""From the bytes of a submission to its two scores. This page tells the story; each step has its own file."""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.custom_answer_key import CustomAnswerKey
from grader.check import read_and_align
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import Doubt, InvalidSubmission, MetricFailed, PrivateRowsFailed, Problem
from grader.messages import Message
from grader.reading.fields.values import Values
from grader.reading.long_texts import require_short_texts
from grader.reading.unpack import unpack
from grader.scores.split_rows import Rows
from grader.scores.uncertainty import score_and_error
from grader.spec import GradingSpec
from grader.time_limit import SCORE_SECONDS, TookTooLong, time_limit

AnyAnswerKey: TypeAlias = AnswerKey | CustomAnswerKey
Score: TypeAlias = tuple[float, float | None]  # and its standard error, where one was computed


@dataclass(frozen=True, slots=True, repr=False)
class Grade:
    """The scores of a submission, unrounded. `private` is for staff until the reveal; its repr shows none."""

    public: float
    private: float
    rows: int
    public_error: float | None = None  # standard errors, in the score's unit; None where none was computed
    private_error: float | None = None

    def __repr__(self) -> str:
        """What a log may have: where the private score is, and not what it is."""
        error = "" if self.public_error is None else f", public_error={self.public_error!r}"
        return f"Grade(public={self.public!r}{error}, private=<not shown; read .private>, rows={self.rows})"


def read_answer_key(data: bytes, spec: GradingSpec) -> AnyAnswerKey:
    """The answer key in these bytes, for whichever kind of metric. Raises InvalidAnswerKey."""
    return AnswerKey.from_csv(data, spec) if spec.custom is None else CustomAnswerKey.from_csv(data, spec)


def grade(data: bytes, key: AnyAnswerKey, *, sandbox: Sandbox | None = None) -> Grade:
    """The score of a submission on each split of the answer key.

    data: the upload, CSV, or gzip or zip of it. Rows and columns may stand in any order: values are brought
    into the key's order first, so that a shuffled file has the same score to the last bit. In that order the
    public rows come first, then the private and the ignored ones; a split is one slice, and no other row can
    touch its score. sandbox: where a custom metric runs; None: in one that is started for this file.
    Raises InvalidSubmission with every problem of the file, and MetricFailed when a custom metric fails.
    """
    text = unpack(data, key.layout.file_limits)
    if isinstance(key, CustomAnswerKey):
        with nullcontext(sandbox) if sandbox else Sandbox() as metric_sandbox:
            public, private = key.scores(text, metric_sandbox)
        return Grade(public, private, key.rows)
    predictions = predictions_in(text, key)
    scores = _of_both_splits(key, predictions, lambda rows: (rows.score(), None))
    (public, _), (private, _) = scores
    return Grade(public, private, key.rows)


def grade_with_errors(data: bytes, key: AnyAnswerKey, *, sandbox: Sandbox | None = None) -> Grade:
    """As `grade`, and with the scores' standard errors where they cost no more than the scores themselves."""
    if isinstance(key, CustomAnswerKey):
        return grade(data, key, sandbox=sandbox)
    predictions = predictions_in(unpack(data, key.layout.file_limits), key)
    scores = _of_both_splits(key, predictions, score_and_error)
    (public, public_error), (private, private_error) = scores
    return Grade(public, private, key.rows, public_error, private_error)


def _of_both_splits(
    key: AnswerKey, predictions: Values, score: Callable[[Rows], Score]
) -> tuple[Score, Score]:
    """What `score` says of the public and of the private rows, for each of which there is so much time.

    A file that takes longer on public rows is refused. One that does on private rows has its public score, as
    with a custom metric: that it was slow there would tell something of their answers.
    """
    public_rows, private_rows = (key.rows_of(predictions, split) for split in (key.public, key.private))
    try:
        with time_limit(SCORE_SECONDS):
            public = score(public_rows)
    except TookTooLong:
        raise InvalidSubmission((_too_slow(),)) from None
    try:
        with time_limit(SCORE_SECONDS):
            return public, score(private_rows)
    except TookTooLong:
        raise PrivateRowsFailed(public[0], MetricFailed(_too_slow().message)) from None


def _too_slow() -> Problem:
    return Problem(
        "too_slow",
        Message("Scoring this file takes more than {seconds:.0f} s of computing.", seconds=SCORE_SECONDS),
        Message("Hand in less in each row: shorter texts, or fewer items."),
    )


def predictions_in(text: bytes, key: AnswerKey) -> Values:
    """The values in a file's text, in the order and shape of the key's answers. Raises InvalidSubmission."""
    with suppress(Doubt):
        return key.stencils.codes(text)
    columns, places = read_and_align(text, key.layout)
    if isinstance(key.answers, pa.StringArray):
        require_short_texts(columns, key.answers.slice(0, key.public_rows))
    return key.arrange(columns.values, places)
