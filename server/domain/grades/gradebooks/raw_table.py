"""A gradebook's file as cells, each as it came, so that what is not ours goes back as it was."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.texts.encodings import decode
from server.domain.texts.tables import other_kind

BYTES_MOST = 20_000_000
GUESSED_BY = 3  # lines, as Canvas itself guesses


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record: the line of the file at which it ends, from 1, and its cells."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file: its header, its records, the separator and encoding (by Python's name) to write it back in."""

    header: tuple[str, ...]
    rows: tuple[RawRow, ...]
    separator: str
    codec: str


def read_raw_table(data: bytes, *, separators: Sequence[str]) -> RawTable:
    """The cells of a file whose fields are parted by one of `separators`, of equals the first.

    Raises Invalid for what is no text, is empty, was cut short, or has a record of another width than its
    header: nothing is guessed about which cell is missing.
    """
    _require_text(data)
    decoded = decode(data)
    if not decoded.text.strip():
        raise Invalid(Message("The file is empty. Export the gradebook once more, and choose that file."))
    separator = _separator(decoded.text, separators)
    reader = csv.reader(io.StringIO(decoded.text, newline=""), delimiter=separator, strict=True)
    try:
        rows = [RawRow(reader.line_num, tuple(cells)) for cells in reader if any(cells)]
    except csv.Error as error:
        raise Invalid(
            Message(
                "Line {line} of the file is no CSV ({error}): the file may have been cut short. Export the "
                "gradebook once more.",
                line=reader.line_num,
                error=str(error),
            )
        ) from error
    header, *records = rows
    for row in records:
        if len(row.cells) != len(header.cells):
            raise Invalid(
                Message(
                    "Line {line} of the file has {count} fields, and its first line {expected}: it may have "
                    "been cut short or edited. Export the gradebook once more.",
                    line=row.line,
                    count=len(row.cells),
                    expected=len(header.cells),
                )
            )
    return RawTable(header.cells, tuple(records), separator, decoded.codec)


def written(rows: Iterable[Sequence[str]], *, separator: str, codec: str) -> bytes:
    """The rows as a file with the encoding's mark and CRLF, which every importer here reads."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return ("\ufeff" + out.getvalue()).encode(codec)


def _require_text(data: bytes) -> None:
    if len(data) > BYTES_MOST:
        raise Invalid(
            Message("The file has {size:,} bytes; {most:,} is the most.", size=len(data), most=BYTES_MOST)
        )
    kind = other_kind(data)
    if kind is not None:
        raise Invalid(
            Message("The file is {kind}. Export the gradebook as CSV, and choose that file.", kind=kind)
        )


def _separator(text: str, separators: Sequence[str]) -> str:
    """That by which the first lines have as many fields each, and more than one; else the most fields."""
    lines = text.splitlines()[:GUESSED_BY]

    def fields(separator: str) -> list[int]:
        return [len(cells) for cells in csv.reader(lines, delimiter=separator)]

    even = [each for each in separators if len(set(counts := fields(each))) == 1 and counts[0] > 1]
    return even[0] if even else max(separators, key=lambda each: fields(each)[0])
