"""Columns of text as pandas would type them: what a custom metric written for Kaggle expects to be given."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader import arrow
from grader.errors import InvalidSubmission, Problem
from grader.reading.layout import WHOLE
from grader.reading.value_problems import NUMBER

DIGITS_MOST = 18  # of a whole number that surely fits into int64
TRUTHS = arrow.texts(["True", "False"])


def truth_table(columns: Mapping[str, pa.StringArray], *, id_column: str) -> pa.Table:
    """The key's columns, id first, as int64, float64, bool or text; empty fields are null.

    columns: n rows each, in any order of rows, which is kept.
    """
    return _table(columns, id_column)


def given_table(columns: Mapping[str, pa.StringArray], *, id_column: str) -> pa.Table:
    """An upload's columns, likewise. Raises InvalidSubmission for a column of numbers with an empty field, or
    with one beyond what a float64 holds: no metric could make a score of it.
    """
    table = _table(columns, id_column)
    problems = tuple(
        Problem(
            "not_finite",
            f"Column '{name}' holds numbers, but {count:,} of its fields are empty or far too large.",
            f"Look at df[~np.isfinite(df['{name}'])].",
            count,
        )
        for name in table.column_names
        if (count := _not_finite(table[name]))
    )
    if problems:
        raise InvalidSubmission(problems)
    return table


def _table(columns: Mapping[str, pa.StringArray], id_column: str) -> pa.Table:
    others = {name: _typed(column) for name, column in columns.items() if name != id_column}
    ids = columns[id_column]
    # Ids are whole numbers or text: '1.0' and '1.00' are two ids, and one number.
    everything = {id_column: ids.cast(pa.int64()) if _whole(ids) else ids, **others}
    return pa.Table.from_arrays(list(everything.values()), names=list(everything))


def _typed(column: pa.StringArray) -> pa.Array:
    """One column as whole numbers, numbers, truth values or text, whichever fits first."""
    empty = arrow.truths(arrow.empty(column))
    filled = column.filter(pc.invert(empty))
    if len(filled) == 0:
        return pa.nulls(len(column), pa.float64())
    complete = len(filled) == len(column)
    if complete and _whole(column):
        return column.cast(pa.int64())
    missing = column if complete else pc.if_else(empty, pa.nulls(1, pa.string())[0], column)
    if _all(pc.match_substring_regex(filled, pattern=NUMBER)):
        return missing.cast(pa.float64())
    if complete and _all(pc.is_in(column, value_set=TRUTHS)):
        return pc.equal(column, TRUTHS[0])
    return missing


def _whole(column: pa.StringArray) -> bool:
    """Whether every field is a whole number in its only spelling, and fits."""
    sizes = arrow.numpy(pc.binary_length(column))
    return bool((sizes <= DIGITS_MOST).all()) and _all(pc.match_substring_regex(column, pattern=WHOLE))


def _all(told: pa.BooleanArray) -> bool:
    return bool(arrow.numpy(told).all())


def _not_finite(column: pa.ChunkedArray) -> int:
    if not pa.types.is_floating(column.type):
        return 0
    finite = np.isfinite(arrow.numpy(column.drop_null()))
    return int(column.null_count + np.count_nonzero(~finite))
