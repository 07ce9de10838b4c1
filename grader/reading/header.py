"""The first line of a file: the columns must be exactly the expected ones, in any order.

pandas and pyarrow forgive a repeated, missing or extra name each in their own way, so the line is read here,
before either sees it.
"""

import csv
import re
from dataclasses import dataclass

from grader.errors import InvalidSubmission, Problem
from grader.messages import Message
from grader.metrics.fields import SCORE, UNIT
from grader.reading.causes.headers import ColumnKind, header_problems
from grader.reading.causes.whole_files import whole_file_problem
from grader.reading.fields.layout import LabelRule, Rule
from grader.reading.locations import quote
from grader.spec import Limits

FIRST_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)?")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns in the file's order, and how many bytes the first line takes with its line end."""

    columns: tuple[str, ...]
    size: int


def read_header(
    text: bytes, expected: tuple[str, ...], limits: Limits, rules: tuple[Rule, ...] = ()
) -> Header:
    """The file's header, of exactly the `expected` columns. Raises InvalidSubmission with what differs.

    rules: what the columns beside the id hold, where that is known, for the advice.
    """
    match = FIRST_LINE.match(text)
    assert match is not None, "the pattern matches the empty text"
    line = match.group().rstrip(b"\r\n")
    is_too_wide = len(line) > limits.line_bytes or line.count(b",") >= limits.columns
    columns = None if is_too_wide else _columns_of(line)
    if columns is not None and sorted(columns) == sorted(expected):
        if match.group().endswith(b"\r") and text.startswith(b"\r\n", match.end()):
            raise InvalidSubmission((_doubled_line_ends(),))
        return Header(columns, match.end())
    problem = whole_file_problem(text, line, expected)
    if problem is None and is_too_wide:
        problem = _far_too_wide(line, expected)
    if problem is None and columns is None:
        problem = _stray_quote(line)
    if problem is not None or columns is None:
        assert problem is not None, "a line that is no header has a reason"
        raise InvalidSubmission((problem,))
    raise InvalidSubmission(tuple(header_problems(columns, expected, line, tuple(map(_kind_of, rules)))))


def _kind_of(rule: Rule) -> ColumnKind:
    if isinstance(rule, LabelRule):
        return ColumnKind.LABEL
    # A number of which the order alone counts is a probability, too, where the key has classes.
    return ColumnKind.PROBABILITY if rule in (UNIT, SCORE) else ColumnKind.OTHER


def _columns_of(line: bytes) -> tuple[str, ...] | None:
    """The names in a header line; None where a quote is astray."""
    try:
        return tuple(next(csv.reader([line.decode("utf-8", errors="replace")], strict=True), []))
    except csv.Error:
        return None


def _stray_quote(line: bytes) -> Problem:
    return Problem(
        "stray_quote",
        Message("A quotation mark in the header does not enclose a whole name."),
        Message("Write the header without quotes."),
        lines=(1,),
        examples=(quote(line),),
    )


def _doubled_line_ends() -> Problem:
    return Problem(
        "doubled_line_ends",
        Message(
            "The lines end in two carriage returns and a newline, so that a blank line follows each row."
        ),
        Message(
            "Python's csv module on Windows writes so; open its file with newline='', as in "
            "open('pred.csv', 'w', newline='')."
        ),
        lines=(1,),
    )


def _far_too_wide(line: bytes, expected: tuple[str, ...]) -> Problem:
    return Problem(
        "header_too_long",
        Message(
            "The first line has {size:,} bytes and {columns:,} columns; {expected} columns were expected.",
            size=len(line),
            columns=line.count(b",") + 1,
            expected=len(expected),
        ),
        Message("Compare the file with sample_submission.csv: one row a line, the header first."),
        lines=(1,),
    )
