"""What is wrong with the ids of a file: blank, unknown, repeated, missing, and the likely slip behind it.

Ids are public (sample_submission.csv lists them), so naming a missing one tells nothing about the answers.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.messages import Message, Text, counted
from grader.reading.causes.ids import slip_hint, spreadsheet_hint
from grader.reading.ids.index import IdIndex
from grader.reading.locations import RowLocations, count_of_rows, quote

RowNumbers: TypeAlias = NDArray[np.int64]
NUMBERED = "^[0-9]{1,15}$"
LARGEST_SHIFT = 1_000  # unknown ids up to which a count that starts elsewhere is likely


def id_problems(
    ids: pa.BinaryArray, key_ids: IdIndex, locations: RowLocations, ragged_ids: tuple[bytes, ...] = ()
) -> Iterator[Problem]:
    """Every problem of the ids. ragged_ids stood on rows of a wrong shape, which are reported as such."""
    blank = arrow.is_empty(ids)
    rows = key_ids.rows_of(ids)
    yield from _blank(blank, locations)
    yield from _unknown(ids, np.flatnonzero((rows < 0) & ~blank), key_ids, locations)
    yield from _repeated(rows, locations)
    is_present = np.zeros(len(key_ids), dtype=bool)
    is_present[rows[rows >= 0]] = True
    if ragged_ids:
        ragged_rows = key_ids.rows_of(arrow.byte_strings(ragged_ids))
        is_present[ragged_rows[ragged_rows >= 0]] = True
    yield from _missing(np.flatnonzero(~is_present), key_ids, len(ids))


def _blank(is_blank: NDArray[np.bool_], locations: RowLocations) -> Iterator[Problem]:
    rows = np.flatnonzero(is_blank)
    if len(rows):
        yield locations.problem(
            "blank_id",
            Message("{rows} without an id: the line is blank, or its id is.", rows=count_of_rows(len(rows))),
            Message("Remove these rows, or give each its id from sample_submission.csv."),
            rows,
        )


def _unknown(
    ids: pa.BinaryArray, rows: RowNumbers, key_ids: IdIndex, locations: RowLocations
) -> Iterator[Problem]:
    if len(rows):
        names = [ids[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:SHOWN]]
        hint = (
            slip_hint(names, key_ids, locations.id_column)
            or _shift_hint(ids, rows, key_ids)
            or spreadsheet_hint(names)
            or Message("Take the ids from sample_submission.csv; they are compared as text, exactly.")
        )
        yield locations.problem(
            "unknown_id",
            Message("{rows} with an id that is not in sample_submission.csv.", rows=count_of_rows(len(rows))),
            hint,
            rows,
        )


def _shift_hint(ids: pa.BinaryArray, rows: RowNumbers, key_ids: IdIndex) -> Text | None:
    """A hint where all ids are the known ones counted from another number, as 1 ... n for 0 ... n - 1."""
    if len(ids) != len(key_ids) or len(rows) > LARGEST_SHIFT:
        return None
    columns = [key_ids.ids, ids.cast(pa.string())]
    if not all(pc.all(pc.match_substring_regex(column, pattern=NUMBERED)).as_py() for column in columns):
        return None
    key_numbers, file_numbers = (np.sort(arrow.numpy(column.cast(pa.int64()))) for column in columns)
    shift = int(file_numbers[0] - key_numbers[0])
    if shift == 0 or not np.array_equal(file_numbers, key_numbers + shift):
        return None
    values = {"first": int(file_numbers[0]), "expected": int(key_numbers[0]), "shift": abs(shift)}
    if shift > 0:
        return Message(
            "Your ids count from {first}, those of sample_submission.csv from {expected}: subtract {shift}.",
            **values,
        )
    return Message(
        "Your ids count from {first}, those of sample_submission.csv from {expected}: add {shift}.", **values
    )


def _repeated(rows: RowNumbers, locations: RowLocations) -> Iterator[Problem]:
    known_rows = np.flatnonzero(rows >= 0)
    _, first = np.unique(rows[known_rows], return_index=True)
    repeats = np.delete(known_rows, first)
    if len(repeats):
        first_row = int(np.flatnonzero(rows == rows[repeats[0]])[0])
        line = locations.lines.of_records(locations.records[[first_row]])[0]
        name = quote(locations.ids[int(repeats[0])].as_py())
        yield locations.problem(
            "repeated_id",
            Message(
                "{rows} with an id that stood before; the first is {name}, which stood on line {line} "
                "already.",
                rows=count_of_rows(len(repeats)),
                name=name,
                line=line,
            ),
            Message("Keep one row for each id: df.drop_duplicates('{column}').", column=locations.id_column),
            repeats,
        )


def _missing(rows: RowNumbers, key_ids: IdIndex, row_count: int) -> Iterator[Problem]:
    if len(rows):
        names = tuple(quote(key_ids.ids[int(row)].as_py().encode()) for row in rows[:SHOWN])
        yield Problem(
            "missing_id",
            counted(
                "{count:,} id without a row; rows in the file: {rows:,}, expected: {expected:,}.",
                "{count:,} ids without a row; rows in the file: {rows:,}, expected: {expected:,}.",
                len(rows),
                rows=row_count,
                expected=len(key_ids),
            ),
            _missing_hint(len(key_ids) - row_count),
            len(rows),
            (),
            names,
        )


def _missing_hint(count: int) -> Text:
    if count <= 0:
        return Message("Predict every id of sample_submission.csv.")
    return counted(
        "Your file has {count} row fewer than sample_submission.csv: were rows dropped while cleaning, or a "
        "batch left out? Predict every id.",
        "Your file has {count:,} rows fewer than sample_submission.csv: were rows dropped while cleaning, or "
        "a batch left out? Predict every id.",
        count,
    )
