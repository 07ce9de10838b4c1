"""A table in an Excel workbook (.xlsx): the first sheet that holds anything, as a text file would have it.

A workbook is an archive of XML, so its size unpacked is asked first, and no more rows and columns are read
than a table may have.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from lxml.etree import LxmlError

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.texts.tables import Table, TableLine, clean_cell, empty_file

SIGNATURE = b"PK\x03\x04"
UNPACKED_MOST = 60_000_000  # bytes
ROWS_MOST, COLUMNS_MOST = 25_000, 200
# What the library lets through, of the many ways in which an archive can be no workbook.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ParseError, LxmlError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, NotImplementedError, RuntimeError),
)
CELLS = Message("cells")


def is_workbook(data: bytes) -> bool:
    """Whether these bytes begin as an archive does, which a workbook is."""
    return data.startswith(SIGNATURE)


def read_workbook(data: bytes) -> Table:
    """The table on the first sheet that holds anything. Raises Invalid for what is no such workbook."""
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415  # 8 MB that few processes need

    try:
        _require_small(data)
        title, rows = _first_sheet(data)
    except (*UNREADABLE, InvalidFileException) as error:
        raise Invalid(
            Message(
                "The file is no Excel workbook that can be read. Open it in a spreadsheet, and save it as "
                "'Excel workbook (.xlsx)' or as 'CSV UTF-8'."
            )
        ) from error
    if not rows:
        raise empty_file()
    width = len(rows[0].cells)
    lines = tuple(_padded(line, width) for line in rows[1:])
    encoding = Message("an Excel workbook, sheet '{title}'", title=title)
    return Table("xlsx", encoding, CELLS, rows[0].cells, lines, is_whole=True)


def _require_small(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(each.file_size for each in archive.infolist())
    if size > UNPACKED_MOST:
        raise Invalid(
            Message(
                "Unpacked, the workbook has {size:,} bytes; {most:,} is the most.",
                size=size,
                most=UNPACKED_MOST,
            )
        )


def _first_sheet(data: bytes) -> tuple[str, list[TableLine]]:
    """The title of the first sheet that holds anything, and its lines; of an empty workbook no line."""
    from openpyxl import load_workbook  # noqa: PLC0415  # as above

    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in workbook.worksheets:
            rows = list(_lines(sheet.iter_rows(max_row=ROWS_MOST, max_col=COLUMNS_MOST)))
            if rows:
                return sheet.title, rows
        return "", []
    finally:
        workbook.close()


def _lines(rows: Iterator[tuple[object, ...]]) -> Iterator[TableLine]:
    for number, row in enumerate(rows, start=1):
        texts = [_text(cell) for cell in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts:
            broken = frozenset(place for place, text in enumerate(texts) if "\n" in text.strip())
            yield TableLine(number, tuple(clean_cell(text) for text in texts), broken)


def _text(cell: object) -> str:
    """A cell as a text file would have it; a number keeps the leading zeros that its format shows."""
    value = getattr(cell, "value", None)
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer() and abs(value) < 1e15:
            return _number(int(value), cell)
        case int():
            return _number(value, cell)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _number(value: int, cell: object) -> str:
    shown = str(getattr(cell, "number_format", ""))
    return str(value).zfill(len(shown)) if shown and set(shown) == {"0"} else str(value)


def _padded(line: TableLine, width: int) -> TableLine:
    """The line with empty cells up to the width of the header, which a workbook leaves out."""
    missing = width - len(line.cells)
    return TableLine(line.number, line.cells + ("",) * missing, line.broken) if missing > 0 else line
