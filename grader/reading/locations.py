"""Naming rows of a file in a problem: their lines, their ids, and what stands there, at a readable length."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.errors import SHOWN, Problem
from grader.reading.lines import Lines

LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class Where:
    """Which record of the file each row of a table came from, and the id on it."""

    lines: Lines
    records: NDArray[np.int64]
    ids: pa.BinaryArray

    def problem(
        self, code: str, message: str, hint: str, rows: NDArray[np.int64], found: pa.BinaryArray | None = None
    ) -> Problem:
        """A problem of these rows, in file order; values of the column `found` are quoted beside the ids."""
        first = rows[:SHOWN]
        examples = [quoted(self.ids[int(row)].as_py()) for row in first]
        if found is not None:
            values = [quoted(found[int(row)].as_py()) for row in first]
            examples = [f"id {name}: {value}" for name, value in zip(examples, values, strict=True)]
        lines = tuple(self.lines.of_records(self.records[first]))
        return Problem(code, message, hint, len(rows), lines, tuple(examples))


def quoted(text: bytes) -> str:
    """The text in single quotes, shortened, with what cannot be seen written as escapes."""
    shown = text[: 4 * LONGEST_QUOTE].decode("utf-8", errors="backslashreplace")
    shown = shown if len(shown) <= LONGEST_QUOTE else shown[:LONGEST_QUOTE] + "..."
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)
    return f"'{visible}'"


def counted(count: int, noun: str) -> str:
    """A number of things in words.

    >>> counted(1, "id"), counted(2000, "row")
    ('1 id', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def rows_of(count: int) -> str:
    """A number of rows in words."""
    return counted(count, "row")
