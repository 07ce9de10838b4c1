"""What is wrong with the values of a file, by the rules of its columns."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.metrics.fields import NumberField
from grader.reading.box_fields import box_grammar
from grader.reading.causes.numbers import FIND_NAN, hint_not_finite, hint_out_of_range, range_words
from grader.reading.layout import (
    BoxesRule,
    ClassMapRule,
    LabelRule,
    Layout,
    ListRule,
    Rule,
    RunsRule,
    TagsRule,
    TextRule,
)
from grader.reading.locations import RowLocations, count_of_rows
from grader.reading.row_rules import misfits
from grader.reading.text_problems import text_problems
from grader.reading.values import values_of
from grader.reading.word_problems import word_problems

# ASCII digits only: no '1_000', no ' 1 ', no hexadecimal, no digits of other scripts, no nan and no inf.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
NOT_A_VALUE = r"(?i)^\s*[+-]?(nan|inf|infinity|null|none|na|n/a|<na>)\s*$"
RUNS = r"^ *([0-9]{1,12} +[0-9]{1,12}( +[0-9]{1,12} +[0-9]{1,12})*)? *$"
MISFITS = {
    "empty_run": (
        "Column '{name}' has runs of length 0 in {rows}.",
        "Leave such a run out; an empty mask is an empty field.",
    ),
    "run_outside": (
        "Column '{name}' has runs that leave the image in {rows}.",
        "Count pixels from {first}, as the description says.",
    ),
    "runs_overlap": (
        "Column '{name}' has runs that overlap or do not ascend in {rows}.",
        "Sort the runs by their start, and join them.",
    ),
    "wrong_tag_count": (
        "Column '{name}' has another number of tags than the row has tokens in {rows}.",
        "Write one tag for each token of the row, as many as sample_submission.csv has there, separated by "
        "blanks; a tokenizer may have cut words.",
    ),
    "bad_box": (
        "Column '{name}' has boxes whose corners are the wrong way round, or numbers beyond 1e100, in "
        "{rows}.",
        "Write xmin, ymin, xmax, ymax: corners, not width and height; xmin is at most xmax.",
    ),
    "wrong_pixel_count": (
        "Column '{name}' has another number of pixels than the image in {rows}.",
        "The lengths of a map's runs add up to the image's height times its width; do not resize the map.",
    ),
    "wrong_items": (
        "Column '{name}' does not have each item of its row once in {rows}.",
        "Put the items that the row has in sample_submission.csv in order: none left out, none twice, no "
        "other.",
    ),
}

Mask = NDArray[np.bool_]


def values_problems(
    columns: Mapping[str, pa.BinaryArray], layout: Layout, locations: RowLocations
) -> list[Problem]:
    """Every problem of the columns beside the id, whose fields are given as they stand in the file."""
    problems: list[Problem] = []
    for name, rule in zip(layout.value_columns, layout.rules, strict=True):
        problems += value_problems(name, columns[name], rule, locations)
        if not problems and not isinstance(rule, NumberField | LabelRule):
            places = layout.ids.known_places_of(locations.ids.cast(pa.string()))
            problems += row_problems(name, columns[name], rule, locations, places)
    if layout.shares and not problems:
        filled = np.flatnonzero(~arrow.is_empty(locations.ids))  # a blank line is reported with the ids
        numbers = [
            arrow.numpy(columns[name].take(arrow.integers(filled)).cast(pa.string()).cast(pa.float64()))
            for name in layout.value_columns
        ]
        rows = filled[np.sum(numbers, axis=0) <= 0.0]
        if len(rows):
            problems.append(
                locations.problem(
                    "no_shares",
                    f"The columns {', '.join(layout.value_columns[:3])}"
                    f"{', ...' if len(layout.value_columns) > 3 else ''} of a row are shares of one and "
                    f"are divided by their sum; that is 0 in {count_of_rows(len(rows))}.",
                    "Give at least one column of each row a number above 0.",
                    rows,
                )
            )
    return problems


def value_problems(
    name: str, column: pa.BinaryArray, rule: Rule, locations: RowLocations
) -> Iterator[Problem]:
    """Every problem of one column by its own rule."""
    if not isinstance(rule, NumberField | LabelRule):
        yield from _structure_problems(name, column, rule, locations)
        return
    is_empty = arrow.is_empty(column)
    ids_too = arrow.is_empty(locations.ids)
    rows = np.flatnonzero(is_empty & ~ids_too)  # a blank line is reported with the ids
    if len(rows):
        yield locations.problem(
            "empty_value",
            f"Column '{name}' is empty in {count_of_rows(len(rows))}; pandas writes NaN so.",
            FIND_NAN.format(name=name),
            rows,
        )
    if isinstance(rule, NumberField):
        yield from _number_problems(name, column, rule, locations, ~is_empty)
    else:
        yield from word_problems(name, column, rule, locations, ~is_empty)


def _structure_problems(
    name: str, column: pa.BinaryArray, rule: Rule, locations: RowLocations
) -> Iterator[Problem]:
    """Every problem of a column whose fields hold several values, or text."""
    problems: list[Problem] = []
    if isinstance(rule, RunsRule | ClassMapRule):
        problems = [*_runs_problems(name, column, rule, locations)]
    if isinstance(rule, BoxesRule):
        problems = [*_boxes_problems(name, column, rule, locations)]
    if isinstance(rule, TextRule):
        problems = [*text_problems(name, column, rule, locations)]
    yield from problems
    if not problems and isinstance(rule, ListRule | TagsRule | BoxesRule | ClassMapRule):
        yield from word_problems(name, column, rule, locations, np.ones(len(column), dtype=np.bool_))


def number_mask(column: pa.BinaryArray) -> Mask:
    """Which fields are numbers by the strict grammar; their value may still be too large."""
    return arrow.numpy(pc.match_substring_regex(column, pattern=NUMBER))


def _number_problems(
    name: str, column: pa.BinaryArray, rule: NumberField, locations: RowLocations, is_filled: Mask
) -> Iterator[Problem]:
    is_number = number_mask(column)
    is_no_value = is_filled & ~is_number & arrow.numpy(pc.match_substring_regex(column, pattern=NOT_A_VALUE))
    values = np.full(len(column), np.floor(rule.lowest) if rule.whole else rule.lowest)
    numbers = column.filter(arrow.booleans(is_number))
    values[is_number] = arrow.numpy(numbers.cast(pa.string()).cast(pa.float64()))
    is_outside = (values < rule.lowest) | (values > rule.highest)
    has_fraction = ~is_outside & (values != np.floor(values)) & rule.whole
    beyond = values[is_outside]
    find = hint_not_finite(name, texts_of(column, np.flatnonzero(is_no_value)))
    for code, mask, message, hint in (
        ("not_finite", is_no_value, f"Column '{name}' must hold finite numbers", find),
        (
            "not_a_number",
            is_filled & ~is_number & ~is_no_value,
            f"Column '{name}' must hold numbers such as 0.5 or -1.2e-3",
            "Write plain numbers: a dot for decimals, no blanks, no thousands separators, no units.",
        ),
        (
            "out_of_range",
            is_outside,
            f"Column '{name}' must hold {range_words(rule, beyond)}",
            hint_out_of_range(name, rule, beyond) if len(beyond) else "",
        ),
        (
            "not_whole",
            has_fraction,
            f"Column '{name}' must hold whole numbers",
            f"Round them: df['{name}'] = df['{name}'].round().astype(int).",
        ),
    ):
        rows = np.flatnonzero(mask)
        if len(rows):
            verb = "does" if len(rows) == 1 else "do"
            yield locations.problem(
                code, f"{message}; {count_of_rows(len(rows))} {verb} not.", hint, rows, column
            )


def texts_of(column: pa.BinaryArray, rows: NDArray[np.int64]) -> list[str]:
    """What stands in the first few of these rows."""
    return [column[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:SHOWN]]


def _runs_problems(
    name: str, column: pa.BinaryArray, rule: RunsRule | ClassMapRule, locations: RowLocations
) -> Iterator[Problem]:
    rows = np.flatnonzero(~arrow.numpy(pc.match_substring_regex(column, pattern=RUNS)))
    if len(rows):
        parts, example, empty = (
            ("a start and a length", "'3 2 9 1'", "mask")
            if isinstance(rule, RunsRule)
            else ("a class and a number of pixels", "'0 120 7 30'", "image")
        )
        yield locations.problem(
            "not_runs",
            f"Column '{name}' must hold runs, {parts} each, such as {example}; not so in "
            f"{count_of_rows(len(rows))}.",
            f"Write whole numbers separated by blanks, in pairs; an empty {empty} is an empty field.",
            rows,
            column,
        )


def _boxes_problems(
    name: str, column: pa.BinaryArray, rule: BoxesRule, locations: RowLocations
) -> Iterator[Problem]:
    pattern = box_grammar(confident=rule.confident)
    texts = column.cast(pa.string())  # of bytes, a letter such as à would hold another blank
    rows = np.flatnonzero(~arrow.numpy(pc.match_substring_regex(texts, pattern=pattern)))
    if len(rows):
        parts, example = (
            ("class, confidence, xmin, ymin, xmax, ymax", "'cat 0.9 10 20 50 80'")
            if rule.confident
            else ("class, xmin, ymin, xmax, ymax", "'cat 10 20 50 80'")
        )
        yield locations.problem(
            "not_boxes",
            f"Column '{name}' must hold boxes, {parts} each, such as {example}; not so in "
            f"{count_of_rows(len(rows))}.",
            "Separate all by blanks, without commas or brackets; an image without a box is an empty field.",
            rows,
            column,
        )


def row_problems(
    name: str, column: pa.BinaryArray, rule: Rule, locations: RowLocations, places: NDArray[np.int64]
) -> Iterator[Problem]:
    """Every problem of well-formed values with the rows in which they stand; places: of these rows, or -1."""
    values = values_of(pa.chunked_array([column.cast(pa.string())]), rule)
    first = rule.first if isinstance(rule, RunsRule) else 0
    for code, mask in misfits(values, rule, places).items():
        rows = np.flatnonzero(mask)
        if len(rows):
            message, hint = MISFITS[code]
            yield locations.problem(
                code,
                message.format(name=name, rows=count_of_rows(len(rows))),
                hint.format(first=first),
                rows,
                column,
            )
