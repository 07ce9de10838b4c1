"""What is wrong with the ids of a file: blank, unknown, repeated, missing, and the likely slip behind it.

Ids are public (sample_submission.csv lists them), so naming a missing one tells nothing about the answers.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.reading.ids.index import IdIndex
from grader.reading.locations import RowLocations, count_of, count_of_rows, quote

RowNumbers: TypeAlias = NDArray[np.int64]
NUMBERED = "^[0-9]{1,15}$"
LARGEST_SHIFT = 1_000  # unknown ids up to which a count that starts elsewhere is likely
# What often happens to an id between sample_submission.csv and an upload, and how to undo it.
SLIPS: tuple[tuple[Callable[[str, int], str], str], ...] = (
    (lambda name, _: name.strip(), "Remove the blanks around the ids."),
    (lambda name, _: _as_whole_number(name), "Write whole numbers: df['{column}'].astype(int)."),
    (
        lambda name, width: name.zfill(width),
        "Keep the leading zeros: read ids with dtype={{'{column}': str}}.",
    ),
    (lambda name, _: name.lstrip("0") or "0", "Do not pad the ids with zeros."),
    (lambda name, _: name.lower(), "Keep the case of the ids."),
    (lambda name, _: name.upper(), "Keep the case of the ids."),
    (
        lambda name, _: name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1],
        "Write the file's name without its folder.",
    ),
    (lambda name, _: re.sub(r"\.[A-Za-z]\w{0,4}$", "", name), "Write the ids without a file ending."),
)


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
            f"{count_of_rows(len(rows))} without an id: the line is blank, or its id is.",
            "Remove these rows, or give each its id from sample_submission.csv.",
            rows,
        )


def _unknown(
    ids: pa.BinaryArray, rows: RowNumbers, key_ids: IdIndex, locations: RowLocations
) -> Iterator[Problem]:
    if len(rows):
        names = [ids[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:SHOWN]]
        hint = (
            _slip_hint(names, key_ids)
            or _shift_hint(ids, rows, key_ids)
            or "Take the ids from sample_submission.csv; they are compared as text, exactly."
        )
        yield locations.problem(
            "unknown_id",
            f"{count_of_rows(len(rows))} with an id that is not in sample_submission.csv.",
            hint,
            rows,
        )


def _slip_hint(names: list[str], key_ids: IdIndex) -> str | None:
    """A hint that turns the unknown names into known ids, if one does."""
    width = max((len(name) for name in key_ids.ids[:SHOWN].to_pylist()), default=0)
    for undo, hint in SLIPS:
        candidates = [undo(name, width) for name in names]
        if candidates != names and int(key_ids.rows_of(arrow.texts(candidates)).min()) >= 0:
            example = f" '{names[0][:60]}' is not '{candidates[0][:60]}'."
            return hint.format(column="id") + example
    return None


def _as_whole_number(name: str) -> str:
    """The whole number that a float is written for, as '7' for '7.0' and '7e0'; else the name itself."""
    if name.isdigit() or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?([eE][+]?[0-9]{1,2})?", name):
        return name
    number = float(name)
    return str(int(number)) if number.is_integer() else name


def _shift_hint(ids: pa.BinaryArray, rows: RowNumbers, key_ids: IdIndex) -> str | None:
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
    return (
        f"Your ids count from {file_numbers[0]}, those of sample_submission.csv from {key_numbers[0]}: "
        f"{'subtract' if shift > 0 else 'add'} {abs(shift)}."
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
            f"{count_of_rows(len(repeats))} with an id that stood before; "
            f"the first is {name}, which stood on line {line} already.",
            "Keep one row for each id: df.drop_duplicates('id').",
            repeats,
        )


def _missing(rows: RowNumbers, key_ids: IdIndex, row_count: int) -> Iterator[Problem]:
    if len(rows):
        names = tuple(quote(key_ids.ids[int(row)].as_py().encode()) for row in rows[:SHOWN])
        yield Problem(
            "missing_id",
            f"{count_of(len(rows), 'id')} without a row: the file has {row_count:,} rows; "
            f"{len(key_ids):,} were expected.",
            _missing_hint(len(key_ids) - row_count),
            len(rows),
            (),
            names,
        )


def _missing_hint(count: int) -> str:
    if count <= 0:
        return "Predict every id of sample_submission.csv."
    return (
        f"Your file has {count_of(count, 'row')} fewer than sample_submission.csv: were rows dropped while "
        "cleaning, or a batch left out? Predict every id."
    )
