"""What a file is whose first line is no header: no CSV at all, or one with something before or around it."""

import csv
import re
from collections.abc import Callable, Iterator

from grader.errors import Problem
from grader.messages import Message, Text, counted
from grader.reading.causes.headers import listed
from grader.reading.locations import quote

LOOKED_AT = 100_000  # bytes from the start; the first line of most files has less than a hundred
LINES_LOOKED_AT = 20  # in which the header is searched
CONTROLS = bytes(sorted({*range(32), 127} - set(b"\t\n\v\f\r\x1b")))
MOST_CONTROLS = 0.02  # of the bytes of a text
FORM = re.compile(rb"--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*?content-disposition: *form-data", re.IGNORECASE)
JSON = re.compile(rb"""[\[{]\s*([\[{}\]"0-9-]|true|false|null)""")
MARKS = (
    (";", Message("semicolons")),
    ("\t", Message("tabs")),
    ("|", "'|'"),
    ("，", Message("full-width commas")),
    (":", Message("colons")),
)
UPLOAD_CSV = Message("Upload the CSV file of predictions, as df.to_csv('pred.csv', index=False) writes it.")
TAR_MARK = slice(257, 262)
Names = tuple[str, ...]


def form_problem(text: bytes) -> Problem | None:
    """What to tell whoever sent a form where the bytes of the file were expected."""
    if not FORM.match(text[:LOOKED_AT]):
        return None
    return Problem(
        "not_csv",
        Message("This is a form (multipart/form-data) with a file in it, not the file itself."),
        Message(
            "Send the bytes of the file as the body of the request: curl --data-binary @pred.csv, not "
            "curl -F."
        ),
    )


def is_tar(text: bytes) -> bool:
    """Whether these are the first bytes of a tar archive."""
    return text[TAR_MARK] == b"ustar"


def whole_file_problem(text: bytes, line: bytes, expected: Names) -> Problem | None:
    """Why the file's first line is not the header, where all of the file shows it; else None.

    line: the first line, without its end.
    """
    start = text[:LOOKED_AT]
    causes: tuple[Callable[[], Problem | None], ...] = (
        lambda: _no_text(start, line),
        lambda: _other_text(start),
        lambda: _lower_header(start, line, expected),
        lambda: _no_line_ends(text, line, expected),
        lambda: _other_separator(line, expected),
        lambda: _quoted_lines(line, expected),
    )
    return next((problem for cause in causes if (problem := cause()) is not None), None)


def names_in(line: bytes) -> Names:
    """The fields of a line of CSV; none where it cannot be cut into fields."""
    try:
        return tuple(next(csv.reader([line.decode("utf-8", errors="replace")], strict=True), ()))
    except csv.Error:
        return ()


def _no_text(start: bytes, line: bytes) -> Problem | None:
    controls = len(start) - len(start.translate(None, CONTROLS))
    if controls > MOST_CONTROLS * len(start):
        return Problem(
            "not_csv",
            Message("This is not text, so it is no CSV file."),
            UPLOAD_CSV,
        )
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return _of_first_line(
            "not_utf8",
            Message(
                "The first line is not UTF-8 text: byte {byte:#04x} cannot stand where it does.",
                byte=line[error.start],
            ),
            Message("Write the file with df.to_csv('pred.csv', index=False, encoding='utf-8')."),
        )
    return None


def _other_text(start: bytes) -> Problem | None:
    head = start.lstrip()[:200].lower()
    if JSON.match(head):
        is_notebook = b'"cells"' in start or b'"nbformat"' in start
        kind = Message("a notebook") if is_notebook else Message("JSON (a notebook?)")
    elif head.startswith((b"<!doctype html", b"<html")):
        kind = Message("a web page")
    else:
        return None
    return Problem(
        "not_csv",
        Message("This looks like {kind}, not like a CSV file.", kind=kind),
        UPLOAD_CSV,
    )


def _lower_header(start: bytes, line: bytes, expected: Names) -> Problem | None:
    lines = start.splitlines()[:LINES_LOOKED_AT]
    place = next((n for n, text in enumerate(lines) if sorted(names_in(text)) == sorted(expected)), None)
    if not line.strip():
        count = place if place is not None else 1
        return _of_first_line(
            "no_header",
            counted(
                "The file begins with an empty line.",
                "The file begins with {count} lines before its header.",
                count,
            ),
            counted(
                "Remove it: the header must be {columns}, in any order of columns.",
                "Remove them: the header must be {columns}, in any order of columns.",
                count,
                columns=listed(expected),
            ),
        )
    if not place:
        return None
    message = Message("The first line is not the header: it is {line}. The header stands on line {place}.")
    if line.lower().startswith(b"sep="):
        message = Message(
            "The first line is not the header: it is {line}, which only Excel reads. The header stands on "
            "line {place}."
        )
    return _of_first_line(
        "no_header",
        message.filled(line=quote(line), place=place + 1),
        counted("Remove the line before it.", "Remove the lines before it.", place),
    )


def _no_line_ends(text: bytes, line: bytes, expected: Names) -> Problem | None:
    names = line[:LOOKED_AT].decode("utf-8", errors="replace").split(",")
    begins_well = set(names[: len(expected) - 1]) <= set(expected)
    if len(line) < len(text) or len(names) <= len(expected) or len(expected) < 2 or not begins_well:
        return None
    return _of_first_line(
        "no_line_ends",
        Message("The file has no line ends: all of its {size:,} bytes stand on one line.", size=len(text)),
        Message("curl -d takes the line ends out of a file; send it with curl --data-binary @pred.csv."),
    )


def _other_separator(line: bytes, expected: Names) -> Problem | None:
    separator = next((name for names, name in _splits(line) if _are_columns(names, line, expected)), None)
    if separator is None:
        return None
    return _of_first_line(
        "wrong_separator",
        Message("The columns are separated by {separator}; commas were expected.", separator=separator),
        Message("Write the file with sep=',' (in Excel: save as 'CSV UTF-8 (comma delimited)')."),
    )


def _splits(line: bytes) -> Iterator[tuple[set[str], str]]:
    text = line.decode("utf-8", errors="replace")
    for mark, name in MARKS:
        yield {part.strip(' "') for part in text.split(mark)}, name
    yield {part.strip('"') for part in text.split()}, Message("blanks")


def _are_columns(names: set[str], line: bytes, expected: Names) -> bool:
    """Whether a line that was split at another mark holds the columns: all, or some where no comma stands."""
    if len(names) < 2 or len(expected) < 2:
        return False
    return names >= set(expected) or (b"," not in line and bool(names & set(expected)))


def _quoted_lines(line: bytes, expected: Names) -> Problem | None:
    names = names_in(line)
    if len(names) != 1 or "," not in names[0] or not set(names_in(names[0].encode())) >= set(expected):
        return None
    return _of_first_line(
        "quoted_lines",
        Message("Each line is one quoted cell, as the first one: {line}.", line=quote(line)),
        Message("Save it as CSV again, without quotes around whole lines."),
    )


def _of_first_line(code: str, message: Text, hint: Text) -> Problem:
    return Problem(code, message, hint, lines=(1,))
