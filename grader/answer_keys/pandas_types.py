"""Columns of text as pandas would type them: what a custom metric written for Kaggle expects to be given."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader import arrow
from grader.errors import InvalidSubmission, Problem
from grader.messages import Message
from grader.metrics.fields import LARGEST
from grader.reading.fields.layout import WHOLE
from grader.reading.fields.number_problems import NUMBER

DIGITS_MOST = 18  # of a whole number that surely fits into int64
TRUTHS = arrow.texts(["True", "False"])


def answers_table(columns: Mapping[str, pa.StringArray], *, id_column: str) -> pa.Table:
    """The key's columns, id first, as int64, float64, bool or text; empty fields are null.

    columns: n rows each, in any order of rows, which is kept.
    """
    return _table(columns, id_column)


def predictions_table(columns: Mapping[str, pa.StringArray], *, id_column: str) -> pa.Table:
    """An upload's columns, likewise. Raises InvalidSubmission for a number that no metric could use.

    Such are the empty fields of a column of numbers, and those beyond +-1e100, as for the catalogue's
    metrics: larger ones overflow in products, which would tell of the true values they are multiplied by.
    """
    table = _table(columns, id_column)
    problems = tuple(
        Problem(
            "not_finite",
            Message(
                "Column '{name}' holds numbers, but {count:,} of its fields are empty or beyond {most:g}.",
                name=name,
                count=count,
                most=LARGEST,
            ),
            Message("Look at df[~(df['{name}'].abs() <= {most:g})].", name=name, most=LARGEST),
            count,
        )
        for name in table.column_names
        if (count := _unusable(table[name]))
    )
    if problems:
        raise InvalidSubmission(problems)
    return table


def _table(columns: Mapping[str, pa.StringArray], id_column: str) -> pa.Table:
    others = {name: _as_pandas_types(column) for name, column in columns.items() if name != id_column}
    ids = columns[id_column]
    # Ids are whole numbers or text: '1.0' and '1.00' are two ids, and one number.
    arrays = {id_column: ids.cast(pa.int64()) if _whole(ids) else ids, **others}
    return pa.Table.from_arrays(list(arrays.values()), names=list(arrays))


def _as_pandas_types(column: pa.StringArray) -> pa.Array:
    """One column as whole numbers, numbers, truth values or text, whichever fits first."""
    is_empty = arrow.booleans(arrow.is_empty(column))
    fields = column.filter(pc.invert(is_empty))
    if len(fields) == 0:
        return pa.nulls(len(column), pa.float64())
    is_full = len(fields) == len(column)
    if is_full and _whole(column):
        return column.cast(pa.int64())
    nullable = column if is_full else pc.if_else(is_empty, pa.nulls(1, pa.string())[0], column)
    if _all(pc.match_substring_regex(fields, pattern=NUMBER)):
        return nullable.cast(pa.float64())
    if is_full and _all(pc.is_in(column, value_set=TRUTHS)):
        return pc.equal(column, TRUTHS[0])
    return nullable


def _whole(column: pa.StringArray) -> bool:
    """Whether every field is a whole number in its only spelling, and fits."""
    sizes = arrow.numpy(pc.binary_length(column))
    return bool((sizes <= DIGITS_MOST).all()) and _all(pc.match_substring_regex(column, pattern=WHOLE))


def _all(mask: pa.BooleanArray) -> bool:
    return bool(arrow.numpy(mask).all())


def _unusable(column: pa.ChunkedArray) -> int:
    if not pa.types.is_floating(column.type):
        return 0
    is_usable = np.abs(arrow.numpy(column.drop_null())) <= LARGEST
    return int(column.null_count + np.count_nonzero(~is_usable))
