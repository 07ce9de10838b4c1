"""The first rows of a table, so that students see what a file holds before they load it."""

import csv
import io
from dataclasses import dataclass
from itertools import islice

HEAD_BYTES = 64 * 1024
ROWS_MOST, COLUMNS_MOST, COLUMNS_LAST, CELL_MOST = 5, 12, 3, 40
SEPARATORS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class FirstRows:
    """A table's header and first rows, cut to what a page can show. columns: how many the file has."""

    header: list[str]
    rows: list[list[str]]
    columns: int


def first_rows(name: str, head: bytes) -> FirstRows | None:
    """What a table of this name begins with; None for another kind of file, or one that cannot be read.

    head: the first HEAD_BYTES of the file, or all of it.

    >>> first_rows("a.csv", b"id,x\\n0,1\\n1,2\\n")
    FirstRows(header=['id', 'x'], rows=[['0', '1'], ['1', '2']], columns=2)
    """
    separator = next((mark for ending, mark in SEPARATORS.items() if name.lower().endswith(ending)), None)
    if separator is None:
        return None
    lines = _whole_lines(head)
    try:
        reader = csv.reader(io.StringIO(lines.decode("utf-8-sig"), newline=""), delimiter=separator)
        table = list(islice(reader, 1 + ROWS_MOST))
    except (UnicodeDecodeError, csv.Error):
        return None
    if not table or not table[0]:
        return None
    header, *rows = table
    return FirstRows(_shown(header), [_shown(row) for row in rows], len(header))


def _whole_lines(head: bytes) -> bytes:
    """The head without a line that it cuts."""
    is_cut = len(head) >= HEAD_BYTES and b"\n" in head
    return head[: head.rindex(b"\n") + 1] if is_cut else head


def _shown(cells: list[str]) -> list[str]:
    """The row within a page's bounds; of many columns the first ones and the last, where answers stand."""
    if len(cells) > COLUMNS_MOST:
        cells = [*cells[: COLUMNS_MOST - COLUMNS_LAST - 1], "…", *cells[-COLUMNS_LAST:]]
    return [cell if len(cell) <= CELL_MOST else f"{cell[: CELL_MOST - 1]}…" for cell in cells]
