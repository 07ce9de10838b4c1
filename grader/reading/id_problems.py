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
from grader.reading.locations import Where, counted, quoted, rows_of

Rows: TypeAlias = NDArray[np.int64]
NUMBERED = "^[0-9]{1,15}$"
LARGEST_SHIFT = 1_000  # unknown ids up to which a count that starts elsewhere is likely
# What often happens to an id between sample_submission.csv and an upload, and how to undo it.
SLIPS: tuple[tuple[Callable[[str, int], str], str], ...] = (
    (lambda name, _: name.strip(), "Remove the blanks around the ids."),
    (lambda name, _: _whole(name), "Write whole numbers: df['{column}'].astype(int)."),
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
    ids: pa.BinaryArray, known: IdIndex, where: Where, ragged_ids: tuple[bytes, ...] = ()
) -> Iterator[Problem]:
    """Every problem of the ids. ragged_ids stood on rows of a wrong shape, which are reported as such."""
    blank = arrow.empty(ids)
    rows = known.rows_of(ids)
    yield from _blank(blank, where)
    yield from _unknown(ids, np.flatnonzero((rows < 0) & ~blank), known, where)
    yield from _repeated(rows, where)
    seen = np.zeros(len(known), dtype=bool)
    seen[rows[rows >= 0]] = True
    if ragged_ids:
        excused = known.rows_of(arrow.words(ragged_ids))
        seen[excused[excused >= 0]] = True
    yield from _missing(np.flatnonzero(~seen), known, len(ids))


def _blank(blank: NDArray[np.bool_], where: Where) -> Iterator[Problem]:
    rows = np.flatnonzero(blank)
    if len(rows):
        yield where.problem(
            "blank_id",
            f"{rows_of(len(rows))} without an id: the line is blank, or its id is.",
            "Remove these rows, or give each its id from sample_submission.csv.",
            rows,
        )


def _unknown(ids: pa.BinaryArray, rows: Rows, known: IdIndex, where: Where) -> Iterator[Problem]:
    if len(rows):
        first = [ids[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:SHOWN]]
        hint = (
            _slip(first, known)
            or _shift(ids, rows, known)
            or "Take the ids from sample_submission.csv; they are compared as text, exactly."
        )
        yield where.problem(
            "unknown_id", f"{rows_of(len(rows))} with an id that is not in sample_submission.csv.", hint, rows
        )


def _slip(names: list[str], known: IdIndex) -> str | None:
    """A hint that turns the unknown names into known ids, if one does."""
    width = max((len(name) for name in known.ids[:SHOWN].to_pylist()), default=0)
    for mend, hint in SLIPS:
        mended = [mend(name, width) for name in names]
        if mended != names and int(known.rows_of(arrow.texts(mended)).min()) >= 0:
            example = f" '{names[0][:60]}' is not '{mended[0][:60]}'."
            return hint.format(column="id") + example
    return None


def _whole(name: str) -> str:
    """The whole number that a float is written for, as '7' for '7.0' and '7e0'; else the name itself."""
    if name.isdigit() or not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?([eE][+]?[0-9]{1,2})?", name):
        return name
    number = float(name)
    return str(int(number)) if number.is_integer() else name


def _shift(ids: pa.BinaryArray, rows: Rows, known: IdIndex) -> str | None:
    """A hint where all ids are the known ones counted from another number, as 1 ... n for 0 ... n - 1."""
    if len(ids) != len(known) or len(rows) > LARGEST_SHIFT:
        return None
    both = [known.ids, ids.cast(pa.string())]
    if not all(pc.all(pc.match_substring_regex(each, pattern=NUMBERED)).as_py() for each in both):
        return None
    mine, theirs = (np.sort(arrow.numpy(each.cast(pa.int64()))) for each in both)
    shift = int(theirs[0] - mine[0])
    if shift == 0 or not np.array_equal(theirs, mine + shift):
        return None
    return (
        f"Your ids count from {theirs[0]}, those of sample_submission.csv from {mine[0]}: "
        f"{'subtract' if shift > 0 else 'add'} {abs(shift)}."
    )


def _repeated(rows: Rows, where: Where) -> Iterator[Problem]:
    found = np.flatnonzero(rows >= 0)
    _, first = np.unique(rows[found], return_index=True)
    again = np.delete(found, first)
    if len(again):
        before = int(np.flatnonzero(rows == rows[again[0]])[0])
        line = where.lines.of_records(where.records[[before]])[0]
        name = quoted(where.ids[int(again[0])].as_py())
        yield where.problem(
            "repeated_id",
            f"{rows_of(len(again))} with an id that stood before; "
            f"the first is {name}, which stood on line {line} already.",
            "Keep one row for each id: df.drop_duplicates('id').",
            again,
        )


def _missing(rows: Rows, known: IdIndex, found: int) -> Iterator[Problem]:
    if len(rows):
        names = tuple(quoted(known.ids[int(row)].as_py().encode()) for row in rows[:SHOWN])
        yield Problem(
            "missing_id",
            f"{counted(len(rows), 'id')} without a row: the file has {found:,} rows; "
            f"{len(known):,} were expected.",
            _fewer(len(known) - found),
            len(rows),
            (),
            names,
        )


def _fewer(count: int) -> str:
    if count <= 0:
        return "Predict every id of sample_submission.csv."
    return (
        f"Your file has {counted(count, 'row')} fewer than sample_submission.csv: were rows dropped while "
        "cleaning, or a batch left out? Predict every id."
    )
