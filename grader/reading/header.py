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
        found = next(csv.reader([line.decode("utf-8", errors="replace")], strict=True), [])
    except csv.Error as error:
        raise InvalidSubmission((_stray_quote(line),)) from error
    if sorted(found) == sorted(expected):
        return Header(tuple(found), match.end())
    raise InvalidSubmission(tuple(_differences(found, expected, line)))


def _stray_quote(line: bytes) -> Problem:
    return Problem(
        "stray_quote",
        "A quotation mark in the header does not enclose a whole name.",
        "Write the header without quotes.",
        lines=(1,),
        examples=(_short(line),),
    )


def _differences(found: list[str], expected: tuple[str, ...], line: bytes) -> list[Problem]:
    wanted = f"The header must be '{','.join(expected)}', in any order of columns."
    other = next(
        (name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if _splits(line, mark, expected)), None
    )
    if other is not None:
        return [
            _problem(
                "wrong_separator",
                f"The columns are separated by {other}; commas were expected.",
                "Write the file with sep=',' (in Excel: save as 'CSV UTF-8 (comma delimited)').",
                found,
            )
        ]
    if not set(found) & set(expected) and not _similar(found, expected):
        return [
            _problem(
                "no_header",
                f"The first line is not the header: it is '{_short(line)}'. {wanted}",
                "Write the file with df.to_csv('pred.csv', index=False), which writes the header.",
                found,
            )
        ]
    return [
        *_repeated(found),
        *_renamed(found, expected),
        *_extra(found, expected, wanted),
        *_missing(found, expected, wanted),
    ]


def _splits(line: bytes, mark: str, expected: tuple[str, ...]) -> bool:
    names = line.decode("utf-8", errors="replace").split(mark)
    return len(names) > 1 and {name.strip(' "') for name in names} >= set(expected)


def _similar(found: list[str], expected: tuple[str, ...]) -> dict[str, str]:
    """The found names that become an expected one when case and surrounding blanks are ignored."""
    plain = {name.strip().casefold(): name for name in expected if name not in found}
    return {
        name: plain[name.strip().casefold()]
        for name in found
        if name not in expected and name.strip().casefold() in plain
    }


def _repeated(found: list[str]) -> list[Problem]:
    names = tuple(sorted({name for name in found if found.count(name) > 1}))
    if not names:
        return []
    return [
        _problem(
            "repeated_column",
            f"The header names {_listed(names)} more than once.",
            "Keep one of them; it cannot be guessed which is meant.",
            names,
        )
    ]


def _renamed(found: list[str], expected: tuple[str, ...]) -> list[Problem]:
    names = _similar(found, expected)
    if not names:
        return []
    pairs = [f"'{_short(name.encode())}' where '{meant}' was expected" for name, meant in names.items()]
    mapping = ", ".join(f"{_short(name.encode())!r}: {meant!r}" for name, meant in names.items())
    return [
        _problem(
            "misspelt_column",
            f"The header has {' and '.join(pairs)}.",
            f"Rename: df.rename(columns={{{mapping}}}). Case and blanks count.",
            tuple(names),
        )
    ]


def _extra(found: list[str], expected: tuple[str, ...], wanted: str) -> list[Problem]:
    renamed = _similar(found, expected)
    names = tuple(name for name in dict.fromkeys(found) if name not in expected and name not in renamed)
    if not names:
        return []
    index = [name for name in names if INDEX_COLUMN.fullmatch(name)]
    hint = f"The nameless column is pandas' index. {DROP_INDEX}" if index else f"Remove it. {wanted}"
    return [
        _problem("extra_column", f"The header has {_listed(names)}, which was not asked for.", hint, names)
    ]


def _missing(found: list[str], expected: tuple[str, ...], wanted: str) -> list[Problem]:
    renamed = set(_similar(found, expected).values())
    names = tuple(name for name in expected if name not in found and name not in renamed)
    if not names:
        return []
    return [
        _problem(
            "missing_column",
            f"The header lacks {_listed(names)}. {wanted}",
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
    shown = tuple(_short(name.encode()) for name in names[:5])
    return Problem(code, message, hint, count=max(1, len(names)), lines=(1,), examples=shown)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"'{_short(name.encode())}'" for name in names[:5])
    return (
        f"{shown} and {len(names) - 5} more columns"
        if len(names) > 5
        else f"column{'s' * (len(names) > 1)} {shown}"
    )


def _short(text: bytes, most: int = 60) -> str:
    shown = text[: 4 * most].decode("utf-8", errors="replace")
    return shown if len(shown) <= most else shown[:most] + "..."
