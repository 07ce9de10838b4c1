"""What is wrong with a column of numbers."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.messages import Message, Text, counted
from grader.metrics.fields import NumberField
from grader.reading.causes.numbers import hint_not_finite, hint_out_of_range, out_of_range
from grader.reading.causes.spellings import hint_not_a_number
from grader.reading.fields.word_rules import FEW
from grader.reading.locations import RowLocations

# ASCII digits only: no '1_000', no ' 1 ', no hexadecimal, no digits of other scripts, no nan and no inf.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
NOT_A_VALUE = r"(?i)^\s*[+-]?(nan|inf|infinity|null|none|na|n/a|<na>)\s*$"

Mask = NDArray[np.bool_]


def number_mask(column: pa.BinaryArray) -> Mask:
    """Which fields are numbers by the strict grammar; their value may still be too large."""
    return arrow.numpy(pc.match_substring_regex(column, pattern=NUMBER))


def numbers_of(column: pa.BinaryArray, rule: NumberField) -> NDArray[np.float64]:
    """The numbers of a column, (n,); for what is none, one that the rule takes."""
    is_number = number_mask(column)
    values = np.full(len(column), np.floor(rule.lowest) if rule.whole else rule.lowest)
    numbers = column.filter(arrow.booleans(is_number))
    values[is_number] = arrow.numpy(numbers.cast(pa.string()).cast(pa.float64()))
    return values


def are_outside(values: NDArray[np.float64], rule: NumberField) -> Mask:
    """Which numbers lie outside of the rule's range, (n,)."""
    return (values < rule.lowest) | (values > rule.highest)


def number_problems(
    name: str,
    column: pa.BinaryArray,
    rule: NumberField,
    locations: RowLocations,
    *,
    is_filled: Mask,
    beyond: NDArray[np.float64] | None,
) -> Iterator[Problem]:
    """Every problem of the filled fields of a column of numbers; beyond: as of `value_problems`."""
    is_number = number_mask(column)
    is_no_value = is_filled & ~is_number & arrow.numpy(pc.match_substring_regex(column, pattern=NOT_A_VALUE))
    is_no_number = is_filled & ~is_number & ~is_no_value
    values = numbers_of(column, rule)
    is_outside = are_outside(values, rule)
    has_fraction = ~is_outside & (values != np.floor(values)) & rule.whole
    outside = values[is_outside]
    if len(rows := np.flatnonzero(is_no_value)):
        hint = hint_not_finite(name, texts_of(column, rows[:SHOWN]))
        yield locations.problem("not_finite", _not_finite(name, len(rows)), hint, rows, column)
    if len(rows := np.flatnonzero(is_no_number)):
        hint = hint_not_a_number(name, texts_of(column, rows[:SHOWN]))
        yield locations.problem("not_a_number", _not_a_number(name, len(rows)), hint, rows, column)
    if len(rows := np.flatnonzero(is_outside)):
        hint = hint_out_of_range(name, rule, outside if beyond is None else beyond)
        yield locations.problem("out_of_range", out_of_range(name, rule, outside), hint, rows, column)
    if len(rows := np.flatnonzero(has_fraction)):
        hint = Message("Round them: df['{name}'] = df['{name}'].round().astype(int).", name=name)
        yield locations.problem("not_whole", _not_whole(name, len(rows)), hint, rows, column)


def _not_finite(name: str, rows: int) -> Text:
    return counted(
        "Column '{name}' must hold finite numbers; {count:,} row does not.",
        "Column '{name}' must hold finite numbers; {count:,} rows do not.",
        rows,
        name=name,
    )


def _not_a_number(name: str, rows: int) -> Text:
    return counted(
        "Column '{name}' must hold numbers such as 0.5 or -1.2e-3; {count:,} row does not.",
        "Column '{name}' must hold numbers such as 0.5 or -1.2e-3; {count:,} rows do not.",
        rows,
        name=name,
    )


def _not_whole(name: str, rows: int) -> Text:
    return counted(
        "Column '{name}' must hold whole numbers; {count:,} row does not.",
        "Column '{name}' must hold whole numbers; {count:,} rows do not.",
        rows,
        name=name,
    )


def are_swapped(first: NDArray[np.float64], last: NDArray[np.float64]) -> bool:
    """Whether the column whose numbers should be the smallest has the larger number in every row."""
    return len(first) >= FEW and bool((first > last).all())


def texts_of(column: pa.BinaryArray, rows: NDArray[np.int64]) -> list[str]:
    """What stands in these rows."""
    return [column[int(row)].as_py().decode("utf-8", errors="replace") for row in rows]
