"""What is wrong with the values of a file, by the rules of its columns."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Problem
from grader.messages import Message
from grader.metrics.fields import NumberField
from grader.reading.causes.numbers import FIND_NAN
from grader.reading.fields.boxes import box_grammar
from grader.reading.fields.layout import (
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
from grader.reading.fields.number_problems import are_outside, are_swapped, number_problems, numbers_of
from grader.reading.fields.row_rules import misfits
from grader.reading.fields.text_problems import text_problems
from grader.reading.fields.values import values_of
from grader.reading.fields.word_problems import word_problems
from grader.reading.locations import RowLocations, count_of_rows

RUNS = r"^ *([0-9]{1,12} +[0-9]{1,12}( +[0-9]{1,12} +[0-9]{1,12})*)? *$"
MISFITS = {
    "empty_run": (
        Message("Column '{name}' has runs of length 0 in {rows}."),
        Message("Leave such a run out; an empty mask is an empty field."),
    ),
    "run_outside": (
        Message("Column '{name}' has runs that leave the image in {rows}."),
        Message("Count pixels from {first}, as the description says."),
    ),
    "runs_overlap": (
        Message("Column '{name}' has runs that overlap or do not ascend in {rows}."),
        Message("Sort the runs by their start, and join them."),
    ),
    "wrong_tag_count": (
        Message("Column '{name}' has another number of tags than the row has tokens in {rows}."),
        Message(
            "Write one tag for each token of the row, as many as sample_submission.csv has there, separated "
            "by "
            "blanks; a tokenizer may have cut words."
        ),
    ),
    "bad_box": (
        Message(
            "Column '{name}' has boxes whose corners are the wrong way round, or numbers beyond 1e100, in "
            "{rows}."
        ),
        Message("Write xmin, ymin, xmax, ymax: corners, not width and height; xmin is at most xmax."),
    ),
    "wrong_pixel_count": (
        Message("Column '{name}' has another number of pixels than the image in {rows}."),
        Message(
            "The lengths of a map's runs add up to the image's height times its width; do not resize the map."
        ),
    ),
    "wrong_items": (
        Message("Column '{name}' does not have each item of its row once in {rows}."),
        Message(
            "Put the items that the row has in sample_submission.csv in order: none left out, none twice, no "
            "other."
        ),
    ),
}
NOT_RUNS = (
    Message(
        "Column '{name}' must hold runs, a start and a length each, such as '3 2 9 1'; not so in {rows}."
    ),
    Message("Write whole numbers separated by blanks, in pairs; an empty mask is an empty field."),
)
NOT_CLASS_RUNS = (
    Message(
        "Column '{name}' must hold runs, a class and a number of pixels each, such as '0 120 7 30'; not so "
        "in {rows}."
    ),
    Message("Write whole numbers separated by blanks, in pairs; an empty image is an empty field."),
)
NOT_BOXES = Message(
    "Column '{name}' must hold boxes, class, xmin, ymin, xmax, ymax each, such as 'cat 10 20 50 80'; not so "
    "in {rows}."
)
NOT_DETECTIONS = Message(
    "Column '{name}' must hold boxes, class, confidence, xmin, ymin, xmax, ymax each, such as "
    "'cat 0.9 10 20 50 80'; not so in {rows}."
)

Mask = NDArray[np.bool_]


def values_problems(
    columns: Mapping[str, pa.BinaryArray], layout: Layout, locations: RowLocations
) -> list[Problem]:
    """Every problem of the columns beside the id, whose fields are given as they stand in the file."""
    problems: list[Problem] = []
    beyond = _numbers_beyond(columns, layout)
    for name, rule in zip(layout.value_columns, layout.rules, strict=True):
        problems += value_problems(name, columns[name], rule, locations, beyond=beyond)
        if not problems and not isinstance(rule, NumberField | LabelRule):
            places = layout.ids.known_places_of(locations.ids.cast(pa.string()))
            problems += row_problems(name, columns[name], rule, locations, places)
    if not problems and (layout.shares or layout.rising):
        problems += _problems_of_rows(columns, layout, locations)
    return problems


def _problems_of_rows(
    columns: Mapping[str, pa.BinaryArray], layout: Layout, locations: RowLocations
) -> Iterator[Problem]:
    """What is wrong with numbers of one row that are right each by itself."""
    filled = np.flatnonzero(~arrow.is_empty(locations.ids))  # a blank line is reported with the ids
    numbers = {
        name: arrow.numpy(columns[name].take(arrow.integers(filled)).cast(pa.string()).cast(pa.float64()))
        for name in layout.value_columns
    }
    rows = filled[np.sum([*numbers.values()], axis=0) <= 0.0] if layout.shares else filled[:0]
    if len(rows):
        yield locations.problem(
            "no_shares",
            Message(
                "The columns {names} of a row are shares of one and are divided by their sum; that is 0 in "
                "{rows}.",
                names=f"{', '.join(layout.value_columns[:3])}"
                f"{', ...' if len(layout.value_columns) > 3 else ''}",
                rows=count_of_rows(len(rows)),
            ),
            Message("Give at least one column of each row a number above 0."),
            rows,
        )
    if layout.rising and are_swapped(numbers[layout.rising[0]], numbers[layout.rising[-1]]):
        low, high = layout.rising[0], layout.rising[-1]
        yield locations.problem(
            "swapped_columns",
            Message(
                "Column '{low}' must hold the lower numbers and '{high}' the upper ones; it is the other way "
                "round in every row.",
                low=low,
                high=high,
            ),
            Message(
                "Swap them: df[['{low}', '{high}']] = df[['{high}', '{low}']].to_numpy().",
                low=low,
                high=high,
            ),
            filled,
        )


def _numbers_beyond(columns: Mapping[str, pa.BinaryArray], layout: Layout) -> NDArray[np.float64]:
    """The numbers of all columns that lie outside of their range: together they tell what they are."""
    parts = [np.empty(0)]
    for name, rule in zip(layout.value_columns, layout.rules, strict=True):
        if isinstance(rule, NumberField):
            values = numbers_of(columns[name], rule)
            parts.append(values[are_outside(values, rule)])
    return np.concatenate(parts)


def value_problems(
    name: str,
    column: pa.BinaryArray,
    rule: Rule,
    locations: RowLocations,
    *,
    beyond: NDArray[np.float64] | None = None,
) -> Iterator[Problem]:
    """Every problem of one column by its own rule.

    beyond: the numbers out of range of all columns of the file, where it has more than this one.
    """
    if not isinstance(rule, NumberField | LabelRule):
        yield from _structure_problems(name, column, rule, locations)
        return
    is_empty = arrow.is_empty(column)
    ids_too = arrow.is_empty(locations.ids)
    rows = np.flatnonzero(is_empty & ~ids_too)  # a blank line is reported with the ids
    if len(rows):
        yield locations.problem(
            "empty_value",
            Message(
                "Column '{name}' is empty in {rows}; pandas writes NaN so.",
                name=name,
                rows=count_of_rows(len(rows)),
            ),
            FIND_NAN.filled(name=name),
            rows,
        )
    if isinstance(rule, NumberField):
        yield from number_problems(name, column, rule, locations, is_filled=~is_empty, beyond=beyond)
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


def _runs_problems(
    name: str, column: pa.BinaryArray, rule: RunsRule | ClassMapRule, locations: RowLocations
) -> Iterator[Problem]:
    rows = np.flatnonzero(~arrow.numpy(pc.match_substring_regex(column, pattern=RUNS)))
    if len(rows):
        message, hint = NOT_RUNS if isinstance(rule, RunsRule) else NOT_CLASS_RUNS
        yield locations.problem(
            "not_runs", message.filled(name=name, rows=count_of_rows(len(rows))), hint, rows, column
        )


def _boxes_problems(
    name: str, column: pa.BinaryArray, rule: BoxesRule, locations: RowLocations
) -> Iterator[Problem]:
    pattern = box_grammar(confident=rule.confident)
    texts = column.cast(pa.string())  # of bytes, a letter such as à would hold another blank
    rows = np.flatnonzero(~arrow.numpy(pc.match_substring_regex(texts, pattern=pattern)))
    if len(rows):
        message = NOT_DETECTIONS if rule.confident else NOT_BOXES
        yield locations.problem(
            "not_boxes",
            message.filled(name=name, rows=count_of_rows(len(rows))),
            Message(
                "Separate all by blanks, without commas or brackets; an image without a box is an empty "
                "field."
            ),
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
                message.filled(name=name, rows=count_of_rows(len(rows))),
                hint.filled(first=first),
                rows,
                column,
            )
