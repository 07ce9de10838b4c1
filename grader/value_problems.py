"""What is wrong with the values of one target column, by the column's rule."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader.errors import Problem
from grader.layout import WHOLE, LabelRule, NumberRule, Rule
from grader.where import Where

# ASCII digits only: no '1_000', no ' 1 ', no hexadecimal, no digits of other scripts, no nan and no inf.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
NOT_A_VALUE = r"(?i)^\s*[+-]?(nan|inf|infinity|null|none|na|n/a|<na>)\s*$"
FIND_NAN = "Find them with df[df['{name}'].isna()]; a merge or a division may have made them."

Mask = NDArray[np.bool_]


def value_problems(name: str, column: pa.BinaryArray, rule: Rule, where: Where) -> Iterator[Problem]:
    """Every problem of the column `name`, whose fields are given as they stand in the file."""
    empty = _mask(pc.equal(pc.binary_length(column), 0))
    ids_too = _mask(pc.equal(pc.binary_length(where.ids), 0))
    rows = np.flatnonzero(empty & ~ids_too)  # a blank line is reported with the ids
    if len(rows):
        yield where.problem(
            "empty_value",
            f"Column '{name}' is empty in {len(rows):,} row(s); pandas writes NaN so.",
            FIND_NAN.format(name=name),
            rows,
        )
    if isinstance(rule, NumberRule):
        yield from _number_problems(name, column, rule, where, ~empty)
    else:
        yield from _label_problems(name, column, rule, where, ~empty)


def number_mask(column: pa.BinaryArray) -> Mask:
    """Which fields are numbers by the strict grammar; their value may still be too large."""
    return _mask(pc.match_substring_regex(column, pattern=NUMBER))


def _number_problems(
    name: str, column: pa.BinaryArray, rule: NumberRule, where: Where, filled: Mask
) -> Iterator[Problem]:
    numbers = number_mask(column)
    no_value = filled & ~numbers & _mask(pc.match_substring_regex(column, pattern=NOT_A_VALUE))
    values = np.full(len(column), rule.lowest)
    values[numbers] = column.filter(pa.array(numbers)).cast(pa.string()).cast(pa.float64()).to_numpy()
    outside = (values < rule.lowest) | (values > rule.highest)
    ends = f"{rule.lowest:g} and {rule.highest:g}"
    for code, mask, message, hint in (
        ("not_finite", no_value, f"Column '{name}' must hold finite numbers", FIND_NAN.format(name=name)),
        (
            "not_a_number",
            filled & ~numbers & ~no_value,
            f"Column '{name}' must hold numbers such as 0.5 or -1.2e-3",
            "Write plain numbers: a dot for decimals, no blanks, no thousands separators, no units.",
        ),
        (
            "out_of_range",
            outside,
            f"Column '{name}' must hold numbers between {ends}",
            "Clip the predictions, or look for a prediction that has diverged.",
        ),
    ):
        rows = np.flatnonzero(mask)
        if len(rows):
            yield where.problem(code, f"{message}; {len(rows):,} row(s) do not.", hint, rows, column)


def _label_problems(
    name: str, column: pa.BinaryArray, rule: LabelRule, where: Where, filled: Mask
) -> Iterator[Problem]:
    if rule.allowed:
        allowed = pa.array([label.encode() for label in rule.allowed], pa.binary())
        rows = np.flatnonzero(filled & ~_mask(pc.is_in(column, value_set=allowed)))
        if len(rows):
            yield where.problem(
                "unknown_label",
                f"Column '{name}' has {len(rows):,} label(s) that this competition does not know.",
                "Use the labels of the training data; they are compared as text, exactly.",
                rows,
                column,
            )
    elif rule.whole_numbers:
        rows = np.flatnonzero(filled & ~_mask(pc.match_substring_regex(column, pattern=WHOLE)))
        if len(rows):
            yield where.problem(
                "not_a_whole_number",
                f"Column '{name}' must hold labels written as whole numbers; {len(rows):,} row(s) do not.",
                f"'7.0', '07' and ' 7' are not the label '7': write df['{name}'].astype(int).",
                rows,
                column,
            )


def _mask(truth: pa.BooleanArray) -> Mask:
    return truth.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
