"""What is wrong with an answer key. Staff read this, before a competition exists; students never do."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader.careful import TextTable
from grader.errors import Problem
from grader.layout import WHOLE, LabelRule, NumberRule
from grader.metrics import LABEL, NUMERIC, metric_named
from grader.spec import USAGE_COLUMN, GradingSpec
from grader.value_problems import value_problems

USAGE_WORDS = ("Public", "Private", "Ignored")


def key_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    """Every problem of a key whose rows have been read as text."""
    yield from _id_problems(table, spec.id_column)
    yield from _usage_problems(table)
    targets = [*_target_problems(table, spec)]
    yield from targets
    if not targets:
        yield from _class_problems(table, spec)


def _id_problems(table: TextTable, id_column: str) -> Iterator[Problem]:
    ids = table.columns[id_column]
    rows = np.flatnonzero(_mask(pc.equal(pc.binary_length(ids), 0)))
    if len(rows):
        yield table.where.problem(
            "blank_id", f"{len(rows):,} row(s) have no id.", "Give every row an id.", rows
        )
    numbered = ids.dictionary_encode().indices.to_numpy()
    _, first = np.unique(numbered, return_index=True)
    again = np.delete(np.arange(len(ids)), first)
    if len(again):
        yield table.where.problem(
            "repeated_id",
            f"{len(again):,} row(s) repeat an id that stood before.",
            "Give every row its own id.",
            again,
        )


def _usage_problems(table: TextTable) -> Iterator[Problem]:
    usage = table.columns[USAGE_COLUMN]
    words = pa.array([word.encode() for word in USAGE_WORDS], pa.binary())
    rows = np.flatnonzero(~_mask(pc.is_in(usage, value_set=words)))
    if len(rows):
        yield table.where.problem(
            "bad_usage",
            f"{len(rows):,} row(s) have a {USAGE_COLUMN} other than {', '.join(USAGE_WORDS)}.",
            "Write one of these words, with its capital.",
            rows,
            usage,
        )
    for word in USAGE_WORDS[:2]:
        if not pc.any(pc.equal(usage, word.encode())).as_py():
            yield Problem(
                f"no_{word.lower()}_rows",
                f"No row has the {USAGE_COLUMN} {word}, so that split has no score.",
                "Mark some rows Public and the others Private.",
            )


def _target_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    kind = metric_named(spec.metric).kind
    for name in spec.target_columns:
        column = table.columns[name]
        rule = LabelRule(pa.array([], pa.string()), spec.labels) if kind is LABEL else NumberRule()
        problems = [*value_problems(name, column, rule, table.where)]
        yield from problems
        if not problems and kind not in (LABEL, NUMERIC):
            numbers = column.cast(pa.string()).cast(pa.float64()).to_numpy()
            rows = np.flatnonzero((numbers != 0.0) & (numbers != 1.0))
            if len(rows):
                yield table.where.problem(
                    "not_two_classes",
                    f"Column '{name}' must be 0 or 1 for {spec.metric}; {len(rows):,} row(s) are not.",
                    "Write 1 for the class whose probability is predicted, else 0.",
                    rows,
                    column,
                )


def _class_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    """Problems of well-formed targets that show only when a split is looked at as a whole."""
    metric = metric_named(spec.metric)
    column = table.columns[spec.target_columns[0]]
    usage = table.columns[USAGE_COLUMN]
    splits = {word: column.filter(pc.equal(usage, word.encode())) for word in USAGE_WORDS[:2]}
    if metric.needs_both_classes:
        for word, values in splits.items():
            if len(values) and len(pc.unique(values.cast(pa.string()).cast(pa.float64()))) < 2:
                yield Problem(
                    "one_class",
                    f"All {word} rows have the same class; {spec.metric} needs both in each split.",
                    "Split again, so that both splits have rows of both classes.",
                )
    if metric.kind is LABEL and not spec.labels:
        whole = _mask(pc.match_substring_regex(column, pattern=WHOLE))
        public = _mask(pc.equal(usage, b"Public"))
        rows = np.flatnonzero(~whole & ~public)
        if whole[public].all() and len(rows):
            yield table.where.problem(
                "mixed_labels",
                f"The labels of all Public rows are whole numbers; those of {len(rows):,} others are not.",
                "Write all labels in one style, or declare the allowed labels.",
                rows,
            )


def _mask(truth: pa.BooleanArray) -> NDArray[np.bool_]:
    return truth.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
