"""The first line of a file: the columns must be exactly the expected ones, in any order.

pandas and pyarrow forgive a repeated, missing or extra name each in their own way, so the line is read here,
before either sees it.
"""

import csv
import re
from dataclasses import dataclass

from grader.errors import InvalidSubmission, Problem
from grader.spec import Limits

FIRST_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)?")
INDEX_COLUMN = re.compile(r"(Unnamed: \d+)?")
DROP_INDEX = "Write the file with df.to_csv('pred.csv', index=False)."


@dataclass(frozen=True, slots=True)
class Header:
    """The columns in the file's order, and how many bytes the first line takes with its line end."""

    columns: tuple[str, ...]
    size: int


def read_header(text: bytes, expected: tuple[str, ...], limits: Limits) -> Header:
    """The file's header, of exactly the `expected` columns. Raises InvalidSubmission with what differs."""
    match = FIRST_LINE.match(text)
    assert match is not None, "the pattern matches the empty text"
    line = match.group().rstrip(b"\r\n")
    if len(line) > limits.line_bytes or line.count(b",") >= limits.columns:
        raise InvalidSubmission((_far_too_wide(line, expected),))
    try:
        columns = next(csv.reader([line.decode("utf-8", errors="replace")], strict=True), [])
    except csv.Error as error:
        raise InvalidSubmission((_stray_quote(line),)) from error
    if sorted(columns) == sorted(expected):
        return Header(tuple(columns), match.end())
    raise InvalidSubmission(tuple(_differences(columns, expected, line)))


def _stray_quote(line: bytes) -> Problem:
    return Problem(
        "stray_quote",
        "A quotation mark in the header does not enclose a whole name.",
        "Write the header without quotes.",
        lines=(1,),
        examples=(_shorten(line),),
    )


def _differences(columns: list[str], expected: tuple[str, ...], line: bytes) -> list[Problem]:
    demand = f"The header must be '{','.join(expected)}', in any order of columns."
    separator = next(
        (name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if _splits(line, mark, expected)), None
    )
    if separator is not None:
        return [
            _problem(
                "wrong_separator",
                f"The columns are separated by {separator}; commas were expected.",
                "Write the file with sep=',' (in Excel: save as 'CSV UTF-8 (comma delimited)').",
                columns,
            )
        ]
    if not set(columns) & set(expected) and not _similar(columns, expected):
        return [
            _problem(
                "no_header",
                f"The first line is not the header: it is '{_shorten(line)}'. {demand}",
                "Write the file with df.to_csv('pred.csv', index=False), which writes the header.",
                columns,
            )
        ]
    return [
        *_repeated(columns),
        *_renamed(columns, expected),
        *_extra(columns, expected, demand),
        *_missing(columns, expected, demand),
    ]


def _splits(line: bytes, mark: str, expected: tuple[str, ...]) -> bool:
    names = line.decode("utf-8", errors="replace").split(mark)
    return len(names) > 1 and {name.strip(' "') for name in names} >= set(expected)


def _similar(columns: list[str], expected: tuple[str, ...]) -> dict[str, str]:
    """The names that become an expected one when case and surrounding blanks are ignored."""
    expected_of = {name.strip().casefold(): name for name in expected if name not in columns}
    return {
        name: expected_of[name.strip().casefold()]
        for name in columns
        if name not in expected and name.strip().casefold() in expected_of
    }


def _repeated(columns: list[str]) -> list[Problem]:
    names = tuple(sorted({name for name in columns if columns.count(name) > 1}))
    if not names:
        return []
    return [
        _problem(
            "repeated_column",
            f"The header names {_column_names(names)} more than once.",
            "Keep one of them; it cannot be guessed which is meant.",
            names,
        )
    ]


def _renamed(columns: list[str], expected: tuple[str, ...]) -> list[Problem]:
    names = _similar(columns, expected)
    if not names:
        return []
    pairs = [f"'{_shorten(name.encode())}' where '{column}' was expected" for name, column in names.items()]
    mapping = ", ".join(f"{_shorten(name.encode())!r}: {column!r}" for name, column in names.items())
    return [
        _problem(
            "misspelt_column",
            f"The header has {' and '.join(pairs)}.",
            f"Rename: df.rename(columns={{{mapping}}}). Case and blanks count.",
            tuple(names),
        )
    ]


def _extra(columns: list[str], expected: tuple[str, ...], demand: str) -> list[Problem]:
    similar = _similar(columns, expected)
    names = tuple(name for name in dict.fromkeys(columns) if name not in expected and name not in similar)
    if not names:
        return []
    index = [name for name in names if INDEX_COLUMN.fullmatch(name)]
    hint = f"The nameless column is pandas' index. {DROP_INDEX}" if index else f"Remove it. {demand}"
    return [
        _problem(
            "extra_column", f"The header has {_column_names(names)}, which was not asked for.", hint, names
        )
    ]


def _missing(columns: list[str], expected: tuple[str, ...], demand: str) -> list[Problem]:
    similar = set(_similar(columns, expected).values())
    names = tuple(name for name in expected if name not in columns and name not in similar)
    if not names:
        return []
    return [
        _problem(
            "missing_column",
            f"The header lacks {_column_names(names)}. {demand}",
            "Compare it with sample_submission.csv.",
            names,
        )
    ]


def _far_too_wide(line: bytes, expected: tuple[str, ...]) -> Problem:
    return _problem(
        "header_too_long",
        f"The first line has {len(line):,} bytes and {line.count(b',') + 1:,} columns; "
        f"{len(expected)} columns were expected.",
        "Compare the file with sample_submission.csv: one row a line, the header first.",
        (),
    )


def _problem(code: str, message: str, hint: str, names: tuple[str, ...] | list[str]) -> Problem:
    shown = tuple(_shorten(name.encode()) for name in names[:5])
    return Problem(code, message, hint, count=max(1, len(names)), lines=(1,), examples=shown)


def _column_names(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{_shorten(name.encode())}'" for name in names[:5])
    return (
        f"{shown} and {len(names) - 5} more columns"
        if len(names) > 5
        else f"column{'s' * (len(names) > 1)} {shown}"
    )


def _shorten(text: bytes, most: int = 60) -> str:
    shown = text[: 4 * most].decode("utf-8", errors="replace")
    return shown if len(shown) <= most else shown[:most] + "..."
