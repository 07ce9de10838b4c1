"""Naming rows of a file in a problem: their lines, their ids, and what stands there, at a readable length."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.errors import SHOWN, Problem
from grader.reading.lines import Lines

LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True)
class RowLocations:
    """Which record of the file each row of a table came from, and the id on it, from `id_column`."""

    lines: Lines
    records: NDArray[np.int64]
    ids: pa.BinaryArray
    id_column: str

    def problem(
        self,
        code: str,
        message: str,
        hint: str,
        rows: NDArray[np.int64],
        column: pa.BinaryArray | None = None,
    ) -> Problem:
        """A problem of these rows, in file order; values of `column` are quoted beside the ids."""
        first_rows = rows[:SHOWN]
        examples = [quote(self.ids[int(row)].as_py()) for row in first_rows]
        if column is not None:
            values = [quote(column[int(row)].as_py()) for row in first_rows]
            examples = [f"id {name}: {value}" for name, value in zip(examples, values, strict=True)]
        lines = tuple(self.lines.of_records(self.records[first_rows]))
        return Problem(code, message, hint, len(rows), lines, tuple(examples))


def quote(text: bytes) -> str:
    """The text in single quotes, shortened, with what cannot be seen written as escapes."""
    excerpt = text[: 4 * LONGEST_QUOTE].decode("utf-8", errors="backslashreplace")
    excerpt = excerpt if len(excerpt) <= LONGEST_QUOTE else excerpt[:LONGEST_QUOTE] + "..."
    visible = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in excerpt
    )
    return f"'{visible}'"


def count_of(count: int, noun: str) -> str:
    """A number of things in words.

    >>> count_of(1, "id"), count_of(2000, "row")
    ('1 id', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def by_count(count: int, one: str, several: str) -> str:
    """The sentence for one thing, or the one for several.

    >>> by_count(2, "{count} row does not.", "{count} rows do not.").format(count=2)
    '2 rows do not.'
    """
    return one if count == 1 else several


def count_of_rows(count: int) -> str:
    """A number of rows in words."""
    return count_of(count, "row")
