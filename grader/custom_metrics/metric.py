"""Custom metrics in Kaggle's convention: a file metric.py in a homework's folder, run in the sandbox.

The file defines `score(solution, submission, row_id_column_name, ...)`, whose further arguments get their
values from competition.toml. It is only read here, never run: that is for the sandbox alone.
"""

import math
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from grader import arrow
from grader.custom_metrics.sandbox import Job, MetricRefused, Sandbox
from grader.custom_metrics.signature import Value, read_signature
from grader.errors import InvalidSubmission, MetricFailed, PrivateRowsFailed, Problem
from grader.messages import Message

FILE = "metric.py"  # where that metric is
REFUSALS = ("ParticipantVisibleError", "kaggle_metric_utilities")  # one of them stands in a file that refuses
WORDS_MOST = 500  # characters of a metric's message that a student sees


@dataclass(frozen=True, slots=True)
class CustomMetric:
    """A metric file that was read and found usable, with its settings.

    source: the file's text. arguments: what `score` is given beside the rows and the id's name.
    summary: the first line of its docstring.
    """

    source: str = field(repr=False)
    arguments: Mapping[str, Value]
    higher_is_better: bool
    summary: str

    @property
    def may_refuse(self) -> bool:
        """Whether it may raise the error whose message students read."""
        return any(name in self.source for name in REFUSALS)

    @classmethod
    def read(cls, data: bytes, *, arguments: Mapping[str, object], higher_is_better: bool) -> "CustomMetric":
        """The metric in these bytes of a metric.py, with the arguments that competition.toml gives.

        Raises BadSpec when it is no such file, or when it has not these arguments, of these types.
        """
        signature = read_signature(data)
        values = signature.convert(arguments)
        return cls(data.decode("utf-8-sig"), values, higher_is_better, signature.summary)


def score_split(
    metric: CustomMetric, answers: pa.Table, predictions: pa.Table, id_column: str, *, sandbox: Sandbox
) -> float:
    """The score of one split, finite, computed in a process that sees these rows and no others.

    answers: the key's rows of the split, with the id, the targets and the auxiliary columns, without Usage.
    predictions: the upload's rows, (the same number, in the same order), with the id.
    Raises InvalidSubmission when the metric raises ParticipantVisibleError, with its words as they are, which
    may tell of the answers: see `score_both`. Raises MetricFailed for all else.
    """
    assert len(answers) == len(predictions), "the rows were aligned"
    try:
        score = sandbox.score(Job(metric.source, metric.arguments, id_column, answers, predictions))
    except MetricRefused as refusal:
        raise InvalidSubmission((_problem(str(refusal)),)) from None
    if not math.isfinite(score):
        raise MetricFailed(Message("The metric returned {score}, which is no score.", score=score))
    return score


def score_both(
    metric: CustomMetric,
    answers: pa.Table,
    predictions: pa.Table,
    id_column: str,
    *,
    public: slice,
    private: slice,
    sandbox: Sandbox,
) -> tuple[float, float]:
    """The scores of the two splits. answers, predictions: all rows, in the key's order; other rows count not.

    Raises InvalidSubmission with the metric's words for the public rows, else for the private ones, without
    their true values: it is asked with public rows' in their place, before it sees the private ones, so that
    no refusal depends on them. Raises MetricFailed when it fails on public rows, PrivateRowsFailed when it
    fails on the private ones or refuses them because of their true values.
    """
    public_answers, private_answers = _part(answers, public), _part(answers, private)
    private_predictions = _part(predictions, private)
    public_score = score_split(metric, public_answers, _part(predictions, public), id_column, sandbox=sandbox)
    if metric.may_refuse:
        with suppress(MetricFailed):  # true values of other rows: only what it says of the file counts
            replaced = _with_public_values(private_answers, public_answers, id_column)
            score_split(metric, replaced, private_predictions, id_column, sandbox=sandbox)
    try:
        return public_score, score_split(
            metric, private_answers, private_predictions, id_column, sandbox=sandbox
        )
    except InvalidSubmission:
        failure = MetricFailed(
            Message(
                "The metric raised ParticipantVisibleError for the private rows because of their true "
                "values. "
                "It must raise it only for what the submission alone shows."
            )
        )
        raise PrivateRowsFailed(public_score, failure) from None
    except MetricFailed as failure:
        raise PrivateRowsFailed(public_score, failure) from failure


def _part(table: pa.Table, rows: slice) -> pa.Table:
    return table.slice(rows.start, rows.stop - rows.start)


def _with_public_values(private_answers: pa.Table, public_answers: pa.Table, id_column: str) -> pa.Table:
    """The hidden rows' ids, with the other columns of the shown rows, repeated as often as it takes."""
    places = arrow.integers(np.arange(len(private_answers)) % len(public_answers))
    names = private_answers.column_names
    columns = [
        private_answers[name] if name == id_column else public_answers[name].take(places) for name in names
    ]
    return pa.Table.from_arrays(columns, names=names)


def _problem(words: str) -> Problem:
    """What the metric said, as plain text of one line and of bounded length."""
    plain = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in words)
    sentence = " ".join(plain.split())
    if len(sentence) > WORDS_MOST:
        sentence = sentence[: WORDS_MOST - 3] + "..."
    return Problem(
        "refused_by_metric",
        sentence or Message("The metric of this competition refused the file and did not say why."),
        Message("This was said by the competition's own metric; its page describes what a file must hold."),
    )
