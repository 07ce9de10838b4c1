"""Naming rows of a file in a problem: their lines, their ids, and what stands there, at a readable length."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.errors import SHOWN, Problem
from grader.messages import COMMA, Counted, Joined, Text, counted, joined
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
        message: Text,
        hint: Text,
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


def count_of_rows(count: int) -> Counted:
    """A number of rows in words.

    >>> count_of_rows(1), count_of_rows(2000)
    ('1 row', '2,000 rows')
    """
    return counted("{count} row", "{count:,} rows", count)


def comma_list(names: Iterable[str]) -> Joined:
    """Several names, or texts, one after the other."""
    return joined(*names, between=COMMA)
