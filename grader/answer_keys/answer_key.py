"""The answer key of a competition, prepared once so that scoring a file is a few passes over arrays."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from grader.answer_keys.key_file import read_key
from grader.answer_keys.key_problems import absent_labels, split_problems
from grader.answer_keys.leaks import split_leaks
from grader.answer_keys.prepare import KeyParts, prepare
from grader.answer_keys.stencil import Stencils
from grader.check import CheckedFile, read_and_align
from grader.errors import SHOWN, InvalidAnswerKey, Problem
from grader.metrics import Columns, Metric
from grader.metrics.libraries import require_library
from grader.reading.fields.layout import Layout
from grader.reading.fields.values import Values, take_rows
from grader.reading.ids.index import Places
from grader.reading.locations import quote
from grader.reading.unpack import unpack
from grader.scores.split_rows import Rows
from grader.spec import GradingSpec


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnswerKey:
    """True values in the order of their splits: public rows first, then private, then ignored ones.

    answers: of the metric's `answers` field, (n,) or (n, n_targets). arguments: the metric's settings, with
    labels as class numbers. auxiliary: the key's further columns, (n,) each. accepted_leaks: orders in which
    the targets show, with the reason to take the key all the same. Immutable, so threads may share it.
    """

    spec: GradingSpec
    layout: Layout
    answers: Values
    arguments: MappingProxyType[str, Any]
    auxiliary: MappingProxyType[str, Values]
    public_rows: int
    private_rows: int
    stencils: Stencils
    accepted_leaks: tuple[Problem, ...]

    @classmethod
    def from_csv(cls, data: bytes, spec: GradingSpec) -> "AnswerKey":
        """The key in these bytes (id, targets, auxiliary columns, Usage).

        Raises InvalidAnswerKey with every problem.
        """
        require_library(spec.definition)
        columns = read_key(data, spec)
        leaks, accepted_leaks = split_leaks(columns, spec.with_one_target)
        key = cls._from_parts(prepare(columns, spec.with_one_target), spec, accepted_leaks)
        problems = [*leaks, *key.problems()]
        if problems:
            raise InvalidAnswerKey(tuple(problems))
        return key

    @classmethod
    def for_own_use(cls, data: bytes, spec: GradingSpec) -> "AnswerKey":
        """The key in these bytes, for scoring one's own files: a split may have no rows.

        That its order or its ids give answers away is no fault here. Raises InvalidAnswerKey with every
        problem.
        """
        require_library(spec.definition)
        columns = read_key(data, spec, splits=())
        key = cls._from_parts(prepare(columns, spec.with_one_target), spec, ())
        if problems := key.problems():
            raise InvalidAnswerKey(tuple(problems))
        return key

    @classmethod
    def _from_parts(
        cls, parts: KeyParts, spec: GradingSpec, accepted_leaks: tuple[Problem, ...]
    ) -> "AnswerKey":
        return cls(
            spec,
            parts.layout,
            parts.answers,
            MappingProxyType(parts.arguments),
            MappingProxyType(parts.auxiliary),
            parts.public_rows,
            parts.private_rows,
            parts.stencils,
            accepted_leaks,
        )

    @property
    def rows(self) -> int:
        """The number of rows a submission must have: public, private and ignored."""
        return len(self.layout.ids)

    @property
    def metric(self) -> Metric:
        """The metric that the spec names."""
        return self.spec.definition

    @property
    def public(self) -> slice:
        """The public rows of `answers`."""
        return slice(0, self.public_rows)

    @property
    def private(self) -> slice:
        """The private rows of `answers`."""
        return slice(self.public_rows, self.public_rows + self.private_rows)

    def score(self, predictions: Values, split: slice) -> float:
        """The score of one split. predictions: of all rows, in the order and shape that `arrange` gives."""
        return self.rows_of(predictions, split).score()

    def rows_of(self, predictions: Values, split: slice) -> Rows:
        """One split with a submission's predictions, for scoring it and for telling how sure the score is."""
        return Rows(
            self.spec.metric,
            self.answers[split],
            predictions[split],
            self.arguments,
            {name: values[split] for name, values in self.auxiliary.items()},
            len(self.spec.labels),
        )

    def arrange(self, values: tuple[Values, ...], places: Places) -> Values:
        """A file's columns in the order of `answers`; places: where its rows belong, (n_rows,).

        (n,) for a metric of one column, else (n, n_columns).
        """
        if self.metric.columns is Columns.ONE:
            return ordered_by_place(values[0], places)
        # Column-major, so that each column is one stretch of memory, filled and read in one go.
        table = np.empty((self.rows, len(values)), dtype=np.float64, order="F")
        for number, column in enumerate(values):
            assert isinstance(column, np.ndarray), "only numbers come in several columns"
            table[places, number] = column
        if self.metric.shares:
            table /= table.sum(axis=1, keepdims=True)
        return table

    def check(self, data: bytes) -> CheckedFile:
        """What is in a submission, without scoring it. Raises InvalidSubmission with every problem."""
        read_and_align(unpack(data, self.layout.file_limits), self.layout)
        return CheckedFile(self.rows, self.layout.columns, len(data))

    def problems(self) -> list[Problem]:
        """Why a split has no score by this metric, whatever is handed in; empty when both have one."""
        problems = [*absent_labels(self.metric, self.spec.arguments, self.arguments)]
        if problems:
            return problems
        for split_name, split in (("Public", self.public), ("Private", self.private)):
            auxiliary = {name: values[split] for name, values in self.auxiliary.items()}
            values = {**self.arguments, **auxiliary, "classes": len(self.spec.labels)}
            for problem, rows in split_problems(split_name, self.metric, self.answers[split], values):
                names = self.layout.ids.ids_at(split.start + rows[:SHOWN])
                examples = tuple(f"id {quote(name.encode())}" for name in names)
                problems.append(replace(problem, examples=examples))
        return problems


def ordered_by_place(values: Values, places: Places) -> Values:
    """Values in the order of their places, a permutation of 0 ... n - 1, (n,)."""
    if isinstance(values, np.ndarray):
        ordered = np.empty(len(values), dtype=values.dtype)
        ordered[places] = values
        return ordered
    order = np.empty(len(places), dtype=np.int64)
    order[places] = np.arange(len(places))
    return take_rows(values, order)
