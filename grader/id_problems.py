"""What is wrong with the ids of a file: blank, unknown, repeated, missing, and the likely slip behind it.

Ids are public (sample_submission.csv lists them), so naming a missing one tells nothing about the answers.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.ids import IdIndex
from grader.where import Where, counted, quoted, rows_of

# What often happens to an id between sample_submission.csv and an upload, and how to undo it.
SLIPS: tuple[tuple[Callable[[str, int], str], str], ...] = (
    (lambda name, _: name.strip(), "Remove the blanks around the ids."),
    (lambda name, _: re.sub(r"\.0+$", "", name), "Write whole numbers: df['{column}'].astype(int)."),
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
    (lambda name, _: name.rsplit(".", 1)[0], "Write the ids without a file ending."),
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


def _blank(blank: "np.ndarray[tuple[int], np.dtype[np.bool_]]", where: Where) -> Iterator[Problem]:
    rows = np.flatnonzero(blank)
    if len(rows):
        yield where.problem(
            "blank_id",
            f"{rows_of(len(rows))} without an id: the line is blank, or its id is.",
            "Remove these rows, or give each its id from sample_submission.csv.",
            rows,
        )


def _unknown(
    ids: pa.BinaryArray, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", known: IdIndex, where: Where
) -> Iterator[Problem]:
    if len(rows):
        first = [ids[int(row)].as_py().decode("utf-8", errors="replace") for row in rows[:SHOWN]]
        hint = (
            _slip(first, known)
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


def _repeated(rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", where: Where) -> Iterator[Problem]:
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


def _missing(
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]", known: IdIndex, found: int
) -> Iterator[Problem]:
    if len(rows):
        names = tuple(quoted(known.ids[int(row)].as_py().encode()) for row in rows[:SHOWN])
        yield Problem(
            "missing_id",
            f"{counted(len(rows), 'id')} without a row: the file has {found:,} rows; "
            f"{len(known):,} were expected.",
            "Predict every id of sample_submission.csv.",
            len(rows),
            (),
            names,
        )
