"""What went wrong with the rows of a file: cut off while written, joined of two, a comma too many."""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow.csv
from numpy.typing import NDArray

from grader.errors import SHOWN, Problem
from grader.messages import Message, Text, counted
from grader.reading.lines import Lines
from grader.reading.locations import quote

DECIMAL_COMMAS = re.compile(r",[+-]?[0-9]+,[0-9]+(,|$)")


def encoding_problems(body: bytes) -> Iterator[Problem]:
    """What is not UTF-8 in a body."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        lines = tuple(Lines(body).of_bytes(np.array([error.start])))
        if error.end == len(body) and error.reason == "unexpected end of data":
            yield Problem(
                "not_utf8",
                Message("The file stops inside a character, so it broke off while it was written or sent."),
                Message("Write the file again, close it, and upload it again."),
                lines=lines,
            )
            return
        yield Problem(
            "not_utf8",
            Message(
                "The file is not UTF-8 text: byte {byte:#04x} cannot stand where it does.",
                byte=body[error.start],
            ),
            Message("Write it with df.to_csv('pred.csv', index=False, encoding='utf-8')."),
            lines=lines,
        )


def padding_problem(body: bytes) -> Problem | None:
    """What is wrong with a body that ends in NUL bytes; None for one that does not."""
    count = len(body) - len(body.rstrip(b"\0"))
    if count == 0:
        return None
    return Problem(
        "nul_byte",
        counted(
            "The file ends in {count} NUL byte: it was cut off while it was written.",
            "The file ends in {count:,} NUL bytes: it was cut off while it was written.",
            count,
        ),
        Message("Write the file again, close it (or end the program that writes it), and upload it again."),
    )


def nul_problems(body: bytes) -> Iterator[Problem]:
    """The NUL bytes of a body, each of their lines once."""
    places = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == 0)
    if len(places):
        line_numbers = different(Lines(body).of_bytes(places))
        yield Problem(
            "nul_byte",
            counted(
                "The file contains {count} NUL byte, which no text has.",
                "The file contains {count:,} NUL bytes, which no text has.",
                len(places),
            ),
            Message("Write the file again as plain UTF-8 text."),
            len(line_numbers),
            line_numbers[:SHOWN],
        )


def different(line_numbers: Sequence[int]) -> tuple[int, ...]:
    """Each line once, in order."""
    return tuple(dict.fromkeys(line_numbers))


def ragged_problems(
    ragged: Sequence[pyarrow.csv.InvalidRow], expected: int, lines: Lines, *, most: int
) -> tuple[Problem, ...]:
    """The rows of a wrong number of fields, of which `most` are read at most. expected: how many fields."""
    if not ragged:
        return ()
    first = ragged[:SHOWN]
    counts = sorted({row.actual_columns for row in ragged})
    fields: Text = (
        counted("{count} field", "{count:,} fields", counts[0])
        if len(counts) == 1
        else Message("between {least} and {most} fields", least=counts[0], most=counts[-1])
    )
    hint = Message(
        "Give every row one value for each column; a value that contains a comma must stand in quotes."
    )
    if counts == [expected + 1] and all(row.text.endswith(",") for row in ragged):
        hint = Message("Each of these lines ends in a comma, which begins one more field: remove it.")
    elif all(DECIMAL_COMMAS.search(row.text) for row in ragged):
        hint = Message(
            "If these are decimal commas, write a dot: df.to_csv('pred.csv', index=False, decimal='.'). Any "
            "other value that contains a comma must stand in quotes."
        )
    return (
        Problem(
            "wrong_field_count",
            _ragged_message(len(ragged), fields, expected, most=most),
            hint,
            len(ragged),
            tuple(lines.of_records(np.array([row.number - 1 for row in first]))),
            tuple(quote(row.text.encode()) for row in first),
        ),
    )


def _ragged_message(count: int, fields: Text, expected: int, *, most: int) -> Text:
    if count >= most:
        return Message(
            "{count:,} rows or more have {fields}; {expected} expected (reading stopped there).",
            count=count,
            fields=fields,
            expected=expected,
        )
    return counted(
        "{count:,} row has {fields}; {expected} expected.",
        "{count:,} rows have {fields}; {expected} expected.",
        count,
        fields=fields,
        expected=expected,
    )


def repeated_header_problem(records: NDArray[np.int64], lines: Lines) -> Problem:
    """What is wrong where a row is the header once more. records: these rows, one or more."""
    return Problem(
        "repeated_header",
        counted(
            "{count:,} line below repeats the header: two files were joined.",
            "{count:,} lines below repeat the header: several files were joined.",
            len(records),
        ),
        Message(
            "Keep the first header alone, and one row for each id: join frames with pd.concat before writing."
        ),
        len(records),
        tuple(lines.of_records(records[:SHOWN])),
    )
