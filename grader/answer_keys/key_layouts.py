"""Keys in the layouts that notebooks write: True and False for 1 and 0, and one column of 0 and 1 a class."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader import arrow
from grader.errors import InvalidAnswerKey, Problem
from grader.messages import Message
from grader.metrics.fields import BIT
from grader.reading.careful import TextTable
from grader.reading.locations import count_of_rows
from grader.spec import GradingSpec

TRUTHS = r"^(True|TRUE|true|False|FALSE|false)$"
TRUE = r"^(True|TRUE|true)$"
ONE = r"^1(\.0*)?$"
ZERO = r"^0(\.0*)?$"


def with_bits(table: TextTable, spec: GradingSpec) -> TextTable:
    """The table with 1 and 0 for True and False, in each column that holds nothing else where bits belong."""
    columns = {name: _bits(table.columns[name]) for name in _columns_of_bits(spec)}
    return replace(table, columns=table.columns | columns)


def with_labels(table: TextTable, spec: GradingSpec) -> TextTable:
    """The table with a column of labels, under the name of the first target, for one column a class.

    Raises InvalidAnswerKey where a row is not of one class.
    """
    problems = tuple(_one_hot_problems(table, spec))
    if problems:
        raise InvalidAnswerKey(problems)
    masks = [arrow.numpy(_is(ONE, table.columns[name])) for name in spec.target_columns]
    labels = arrow.texts(spec.target_columns).take(arrow.integers(np.argmax(masks, axis=0).astype(np.int64)))
    columns = {name: column for name, column in table.columns.items() if name not in spec.target_columns}
    return replace(table, columns=columns | {spec.target_columns[0]: labels.cast(pa.binary())})


def _columns_of_bits(spec: GradingSpec) -> Iterator[str]:
    if spec.is_one_hot or spec.definition.answers == BIT:
        yield from spec.target_columns
    for name, column in spec.auxiliary.items():
        if spec.definition.auxiliary.get(name) == BIT:
            yield column


def _bits(column: pa.BinaryArray) -> pa.BinaryArray:
    if not len(column) or not pc.all(_is(TRUTHS, column)).as_py():
        return column
    is_true = arrow.numpy(_is(TRUE, column)).astype(np.int64)
    return arrow.byte_strings([b"0", b"1"]).take(arrow.integers(is_true))


def _one_hot_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    for name in spec.target_columns:
        column = table.columns[name]
        rows = np.flatnonzero(~arrow.numpy(_is(f"{ONE}|{ZERO}", column)))
        if len(rows):
            yield table.locations.problem(
                "not_two_classes",
                Message(
                    "Column '{name}' must be 0 or 1, one column a class; not so in {rows}.",
                    name=name,
                    rows=count_of_rows(len(rows)),
                ),
                Message(
                    "Write 1 in the column of the row's class and 0 in the others: "
                    "pd.get_dummies(y, dtype=int)."
                ),
                rows,
                column,
            )
            return
    ones = sum(arrow.numpy(_is(ONE, table.columns[name])).astype(np.int64) for name in spec.target_columns)
    rows = np.flatnonzero(ones != 1)
    if len(rows):
        yield table.locations.problem(
            "not_one_hot",
            Message(
                "The class columns of a row must hold one 1; not so in {rows}.",
                rows=count_of_rows(len(rows)),
            ),
            Message(
                "Each row is of one class. For rows of several classes choose a metric of several columns."
            ),
            rows,
        )


def _is(pattern: str, column: pa.BinaryArray) -> pa.BooleanArray:
    return pc.match_substring_regex(column, pattern=pattern)
