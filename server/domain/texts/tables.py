"""A table in a text file, whatever program wrote it: its encoding, what parts its fields, its lines."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.texts.csv_cells import text_of
from server.domain.texts.encodings import decode
from server.domain.texts.letters import without_stray_marks

SEPARATORS: dict[str, str] = {
    ",": Message("commas"),
    "\t": Message("tabs"),
    ";": Message("semicolons"),
    "|": Message("bars"),
}
WEB_PAGE = Message("a web page, whatever its name says")
PICTURE = Message("a picture")
NO_TABLES = {  # by how they begin, in small letters
    b"pk\x03\x04": Message("an Excel workbook or another archive"),
    b"\xd0\xcf\x11\xe0": Message("an Excel workbook of the old kind"),
    b"%pdf-": Message("a PDF document"),
    b"\x89png": PICTURE,
    b"\xff\xd8\xff": PICTURE,
    b"gif8": PICTURE,
    b"<html": WEB_PAGE,
    b"<!doctype": WEB_PAGE,
    b"<table": WEB_PAGE,
    b"<?xml": Message("an XML document, whatever its name says"),
}
NO_TABLE_MOST = max(map(len, NO_TABLES))
SAID_SEPARATOR = re.compile(r"sep=(.)\r?\n?")  # a first line by which Excel knows the separator


@dataclass(frozen=True)
class TableLine:
    """One line below the header: its number in the file, counted from 1, and its cleaned cells.

    broken: the places of cells that go over several lines of the file.
    """

    number: int
    cells: tuple[str, ...]
    broken: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Table:
    """A file as it was read, with its encoding by Python's name, and by people's as its separator.

    is_whole: its last line has an end.
    """

    codec: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    lines: tuple[TableLine, ...]
    is_whole: bool


def title_key(title: str) -> str:
    """The form in which the names of columns are compared.

    >>> title_key(" E-Mail_address ")
    'e mail address'
    """
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(folded.replace("_", " ").replace("-", " ").split())


def other_kind(data: bytes) -> Message | None:
    """What a file is by how it begins, where that is no table in a text."""
    start = data.lstrip()[:NO_TABLE_MOST].lower()
    return next((kind for mark, kind in NO_TABLES.items() if start.startswith(mark)), None)


def read_table(data: bytes, *, encoding: str | None, titles: AbstractSet[str]) -> Table:
    """The table in a file. encoding: as somebody says, None to find it out.

    titles: what columns may be called, as keys; they tell encodings and separators apart. Raises Invalid for
    bytes that are no text, an encoding that cannot be told, an empty file, a quotation mark without its end.
    """
    kind = other_kind(data)
    if kind is not None:
        raise Invalid(
            Message("The file is {kind}. Open it in a spreadsheet, and save it as 'CSV UTF-8'.", kind=kind)
        )
    decoded = decode(data, encoding=encoding, titles=titles)
    text = decoded.text.replace("\r\r\n", "\n")
    separator, skipped = _separator(text, titles)
    lines = _lines(text, separator, skipped)
    header = next(lines, None)
    if header is None:
        raise empty_file()
    is_whole = text.rstrip(" \t").endswith(("\n", "\r"))
    return Table(
        codec=decoded.codec,
        encoding=decoded.encoding,
        separator=SEPARATORS.get(separator, separator),
        header=header.cells,
        lines=tuple(lines),
        is_whole=is_whole,
    )


def empty_file() -> Invalid:
    """The refusal of a file that holds nothing."""
    return Invalid(Message("The file is empty. Its first line names the columns, as in: username,name,email"))


def _separator(text: str, titles: AbstractSet[str]) -> tuple[str, int]:
    """What parts the fields, and how many characters at the beginning say so themselves."""
    start = text.lstrip()
    sentence = SAID_SEPARATOR.match(start)
    if sentence is not None:
        return sentence[1], len(text) - len(start) + sentence.end()
    first = start.splitlines()[0] if start else ""

    def columns(separator: str) -> tuple[int, int]:
        cells = [title_key(cell.strip(' "')) for cell in first.split(separator)]
        return len(titles & set(cells)), len(cells)

    return max(SEPARATORS, key=columns), 0


def _lines(text: str, separator: str, skipped: int) -> Iterator[TableLine]:
    above = text.count("\n", 0, skipped)
    reader = csv.reader(io.StringIO(text[skipped:], newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                broken = frozenset(
                    place for place, cell in enumerate(cells) if "\n" in cell.strip() or "\r" in cell.strip()
                )
                yield TableLine(above + reader.line_num, tuple(clean_cell(cell) for cell in cells), broken)
    except csv.Error as error:
        raise Invalid(
            Message("Line {line} of the file is no CSV: {error}.", line=above + reader.line_num, error=error)
        ) from error


def clean_cell(cell: str) -> str:
    """A cell without what programs put around its text."""
    cell = without_stray_marks(cell)
    if cell.startswith('="') and cell.endswith('"'):  # how Canvas and Excel keep leading zeros and signs
        cell = without_stray_marks(cell[2:-1])
    return text_of(cell)
