"""What a file is whose first line is no header: no CSV at all, or one with something before or around it."""

import csv
import re
from collections.abc import Callable, Iterator

from grader.errors import Problem
from grader.reading.causes.headers import demanded
from grader.reading.locations import quote

LOOKED_AT = 100_000  # bytes from the start; the first line of most files has less than a hundred
LINES_LOOKED_AT = 20  # in which the header is searched
CONTROLS = bytes(sorted({*range(32), 127} - set(b"\t\n\v\f\r\x1b")))
MOST_CONTROLS = 0.02  # of the bytes of a text
FORM = re.compile(rb"--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*?content-disposition: *form-data", re.IGNORECASE)
JSON = re.compile(rb"""[\[{]\s*([\[{}\]"0-9-]|true|false|null)""")
MARKS = ((";", "semicolons"), ("\t", "tabs"), ("|", "'|'"), ("，", "full-width commas"), (":", "colons"))
TAR_MARK = slice(257, 262)
Names = tuple[str, ...]


def form_problem(text: bytes) -> Problem | None:
    """What to tell whoever sent a form where the bytes of the file were expected."""
    if not FORM.match(text[:LOOKED_AT]):
        return None
    return Problem(
        "not_csv",
        "This is a form (multipart/form-data) with a file in it, not the file itself.",
        "Send the bytes of the file as the body of the request: curl --data-binary @pred.csv, not curl -F.",
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
            "This is not text, so it is no CSV file.",
            "Upload the CSV file of predictions, as df.to_csv('pred.csv', index=False) writes it.",
        )
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return _of_first_line(
            "not_utf8",
            f"The first line is not UTF-8 text: byte {line[error.start]:#04x} cannot stand where it does.",
            "Write the file with df.to_csv('pred.csv', index=False, encoding='utf-8').",
        )
    return None


def _other_text(start: bytes) -> Problem | None:
    head = start.lstrip()[:200].lower()
    if JSON.match(head):
        kind = "a notebook" if b'"cells"' in start or b'"nbformat"' in start else "JSON (a notebook?)"
    elif head.startswith((b"<!doctype html", b"<html")):
        kind = "a web page"
    else:
        return None
    return Problem(
        "not_csv",
        f"This looks like {kind}, not like a CSV file.",
        "Upload the CSV file of predictions, as df.to_csv('pred.csv', index=False) writes it.",
    )


def _lower_header(start: bytes, line: bytes, expected: Names) -> Problem | None:
    lines = start.splitlines()[:LINES_LOOKED_AT]
    place = next((n for n, text in enumerate(lines) if sorted(names_in(text)) == sorted(expected)), None)
    if not line.strip():
        count = place if place is not None else 1
        return _of_first_line(
            "no_header",
            f"The file begins with {'an empty line' if count == 1 else f'{count} lines before its header'}.",
            f"Remove {'it' if count == 1 else 'them'}: the header must be {demanded(expected)}.",
        )
    if not place:
        return None
    use = ", which only Excel reads" if line.lower().startswith(b"sep=") else ""
    return _of_first_line(
        "no_header",
        f"The first line is not the header: it is {quote(line)}{use}. The header stands on line {place + 1}.",
        f"Remove {'the line' if place == 1 else 'the lines'} before it.",
    )


def _no_line_ends(text: bytes, line: bytes, expected: Names) -> Problem | None:
    names = line[:LOOKED_AT].decode("utf-8", errors="replace").split(",")
    begins_well = set(names[: len(expected) - 1]) <= set(expected)
    if len(line) < len(text) or len(names) <= len(expected) or len(expected) < 2 or not begins_well:
        return None
    return _of_first_line(
        "no_line_ends",
        f"The file has no line ends: all of its {len(text):,} bytes stand on one line.",
        "curl -d takes the line ends out of a file; send it with curl --data-binary @pred.csv.",
    )


def _other_separator(line: bytes, expected: Names) -> Problem | None:
    separator = next((name for names, name in _splits(line) if _are_columns(names, line, expected)), None)
    if separator is None:
        return None
    return _of_first_line(
        "wrong_separator",
        f"The columns are separated by {separator}; commas were expected.",
        "Write the file with sep=',' (in Excel: save as 'CSV UTF-8 (comma delimited)').",
    )


def _splits(line: bytes) -> Iterator[tuple[set[str], str]]:
    text = line.decode("utf-8", errors="replace")
    for mark, name in MARKS:
        yield {part.strip(' "') for part in text.split(mark)}, name
    yield {part.strip('"') for part in text.split()}, "blanks"


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
        f"Each line is one quoted cell, as the first one: {quote(line)}.",
        "Save it as CSV again, without quotes around whole lines.",
    )


def _of_first_line(code: str, message: str, hint: str) -> Problem:
    return Problem(code, message, hint, lines=(1,))
