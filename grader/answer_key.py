"""The answer key of a competition, prepared once so that scoring a file is a few passes over arrays."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader.careful import read_text
from grader.check import CheckedFile, read_and_align
from grader.errors import InvalidAnswerKey, InvalidSubmission
from grader.header import read_header
from grader.ids import IdIndex, Places
from grader.key_problems import key_problems
from grader.layout import WHOLE, LabelRule, Layout, Rule, number_rule
from grader.leaks import leaks
from grader.metrics import LABEL, NUMERIC, Metric, metric_named
from grader.spec import USAGE_COLUMN, GradingSpec
from grader.template import Template
from grader.unpack import unpack

Values = NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnswerKey:
    """True targets in the key's own row order, public rows first, then private, then ignored ones.

    answers: float64 (n, n_targets) for NUMERIC, float64 (n,) of 0.0 and 1.0 for SCORE and PROBABILITY, class
    numbers (n,) for LABEL. Immutable, so threads may share it.
    """

    spec: GradingSpec
    layout: Layout
    answers: Values
    public_rows: int
    private_rows: int
    template: Template

    @classmethod
    def from_csv(cls, data: bytes, spec: GradingSpec) -> "AnswerKey":
        """The key in these bytes (id, targets, Usage). Raises InvalidAnswerKey with every problem."""
        try:
            text = unpack(data, spec.limits)
            header = read_header(text, (*spec.columns, USAGE_COLUMN), spec.limits)
            table = read_text(text, header, spec.limits, id_column=spec.id_column)
        except InvalidSubmission as error:
            raise InvalidAnswerKey(error.problems) from error
        problems = [*table.problems, *key_problems(table, spec)]
        if problems:
            raise InvalidAnswerKey(tuple(problems))
        columns = {name: column.cast(pa.string()) for name, column in table.columns.items()}
        given_away = tuple(leaks(columns, spec))
        if given_away:
            raise InvalidAnswerKey(given_away)
        return _prepared(columns, spec)

    @property
    def rows(self) -> int:
        """The number of rows a submission must have: public, private and ignored."""
        return len(self.layout.ids)

    @property
    def metric(self) -> Metric:
        """The metric that the spec names."""
        return metric_named(self.spec.metric)

    @property
    def public(self) -> slice:
        """The public rows of `answers`."""
        return slice(0, self.public_rows)

    @property
    def private(self) -> slice:
        """The private rows of `answers`."""
        return slice(self.public_rows, self.public_rows + self.private_rows)

    def arranged(self, targets: tuple[Values, ...], places: Places) -> Values:
        """A file's targets in the order and shape of `answers`; places: where its rows belong, (n_rows,)."""
        # Column-major, so that each column is one stretch of memory, filled and read in one go.
        arranged = np.empty((self.rows, len(targets)), dtype=targets[0].dtype, order="F")
        for number, column in enumerate(targets):
            arranged[places, number] = column
        return arranged if self.metric.kind is NUMERIC else arranged[:, 0]

    def check(self, data: bytes) -> CheckedFile:
        """What is in a submission, without scoring it. Raises InvalidSubmission with every problem."""
        read_and_align(unpack(data, self.spec.limits), self.layout)
        return CheckedFile(self.rows, self.layout.columns, len(data))


def _prepared(columns: dict[str, pa.StringArray], spec: GradingSpec) -> AnswerKey:
    usage = columns[USAGE_COLUMN]
    public, private = (np.flatnonzero(pc.equal(usage, word)) for word in ("Public", "Private"))
    in_order = np.concatenate([public, private, np.flatnonzero(pc.equal(usage, "Ignored"))])
    places = np.empty(len(usage), dtype=np.int64)
    places[in_order] = np.arange(len(usage))
    targets = [columns[name] for name in spec.target_columns]
    kind = metric_named(spec.metric).kind
    answers: Values
    known = pa.array([], pa.string())
    if kind is LABEL:
        known = pc.unique(targets[0])
        answers = pc.index_in(targets[0], value_set=known).to_numpy()[in_order]
        rule: Rule = LabelRule(
            known, spec.labels, whole_numbers=_whole_numbers(targets[0].take(pa.array(public)))
        )
    else:
        numbers = np.array([column.cast(pa.float64()).to_numpy()[in_order] for column in targets])
        answers = numbers.T if kind is NUMERIC else numbers[0]
        rule = number_rule(kind)
    rules = (rule,) * len(targets)
    ids = columns[spec.id_column]
    layout = Layout(spec.id_column, spec.target_columns, rules, IdIndex(ids, places), spec.limits)
    template = Template(spec.columns, ids, places, known)
    return AnswerKey(spec, layout, answers, len(public), len(private), template)


def _whole_numbers(labels: pa.StringArray) -> bool:
    return bool(pc.all(pc.match_substring_regex(labels, pattern=WHOLE)).as_py())
