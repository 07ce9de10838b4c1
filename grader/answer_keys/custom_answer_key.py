"""The answer key for a metric of the homework's own: a table as pandas would have it, for the sandbox."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from grader import arrow
from grader.answer_keys.key_file import read_key
from grader.answer_keys.leaks import split_leaks
from grader.answer_keys.pandas_types import answers_table, predictions_table
from grader.answer_keys.prepare import split_rows
from grader.check import CheckedFile, read_and_align
from grader.custom_metrics.metric import CustomMetric, score_both
from grader.custom_metrics.sandbox import Sandbox
from grader.errors import InvalidAnswerKey, Problem
from grader.reading.fields.layout import Layout, TextRule
from grader.reading.fields.values import take_rows
from grader.reading.ids.index import IdIndex
from grader.reading.unpack import unpack
from grader.spec import USAGE_COLUMN, GradingSpec


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CustomAnswerKey:
    """True values in the order of their splits: public rows first, then private, then ignored ones.

    answers: what the metric is given first, with the id and without Usage, (n_rows,) a column.
    accepted_leaks: as of any answer key.
    Immutable, so threads may share it.
    """

    spec: GradingSpec
    layout: Layout
    metric: CustomMetric
    answers: pa.Table
    public_rows: int
    private_rows: int
    accepted_leaks: tuple[Problem, ...]

    @classmethod
    def from_csv(cls, data: bytes, spec: GradingSpec) -> "CustomAnswerKey":
        """The key in these bytes (id, targets, auxiliary columns, Usage). spec: with a custom metric.

        Raises InvalidAnswerKey with every problem.
        """
        assert spec.custom is not None, "the caller has read metric.py"
        columns = read_key(data, spec)
        problems, accepted_leaks = split_leaks(columns, spec)
        if problems:
            raise InvalidAnswerKey(problems)
        public, private, ignored = split_rows(columns.pop(USAGE_COLUMN))
        order = np.concatenate([public, private, ignored])
        places = np.empty(len(order), dtype=np.int64)
        places[order] = np.arange(len(order))
        names = spec.prediction_columns
        ids = IdIndex(columns[spec.id_column], places)
        return cls(
            spec,
            Layout(spec.id_column, names, (TextRule(),) * len(names), ids, spec.limits),
            spec.custom,
            answers_table(columns, id_column=spec.id_column).take(arrow.integers(order)),
            len(public),
            len(private),
            accepted_leaks,
        )

    @property
    def rows(self) -> int:
        """The number of rows a submission must have: public, private and ignored."""
        return len(self.layout.ids)

    def scores(self, text: bytes, sandbox: Sandbox) -> tuple[float, float]:
        """The public and the private score of a file's text, each from a process that sees its rows alone.

        Raises InvalidSubmission for the file's problems and for what the metric says to students, and
        MetricFailed for whatever else ends the metric.
        """
        public = slice(0, self.public_rows)
        private = slice(self.public_rows, self.public_rows + self.private_rows)
        id_column = self.spec.id_column
        return score_both(
            self.metric,
            self.answers,
            self.predictions_of(text),
            id_column,
            public=public,
            private=private,
            sandbox=sandbox,
        )

    def check(self, data: bytes) -> CheckedFile:
        """What is in a submission, without scoring it. Raises InvalidSubmission with every problem."""
        self.predictions_of(unpack(data, self.layout.file_limits))
        return CheckedFile(self.rows, self.layout.columns, len(data))

    def predictions_of(self, text: bytes) -> pa.Table:
        """An upload's rows in the key's order, ids typed as the key's are. Raises InvalidSubmission."""
        columns, places = read_and_align(text, self.layout)
        order = np.empty(len(places), dtype=np.int64)
        order[places] = np.arange(len(places))
        texts = {self.spec.id_column: columns.ids.cast(pa.string()).combine_chunks()}
        texts |= dict(zip(self.layout.value_columns, columns.values, strict=True))
        rows = {name: take_rows(column, order) for name, column in texts.items()}
        return predictions_table(rows, id_column=self.spec.id_column)
