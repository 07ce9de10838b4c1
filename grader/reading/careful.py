"""Reading a file carefully: every problem it has, grouped by kind, with counts, lines and what stands there.

This way defines what a well-formed file is. It reads every field as text and is taken when the quick way has
a doubt; a file that turns out to be well-formed (quoted fields, say) is returned and scored like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.csv

from grader.errors import SHOWN, InvalidSubmission, Problem
from grader.metrics.fields import NumberField
from grader.reading.header import Header
from grader.reading.id_problems import id_problems
from grader.reading.layout import Layout, Rule
from grader.reading.lines import Lines, too_long
from grader.reading.locations import RowLocations, quote
from grader.reading.quick import FileColumns, has_short_lines, most_lines
from grader.reading.value_problems import values_problems
from grader.reading.values import Values, values_of
from grader.spec import Limits

RAGGED_MOST = 1_000  # rows with a wrong number of fields after which reading stops


@dataclass(frozen=True, slots=True)
class TextTable:
    """The well-shaped rows of a file as text, where they stand, and what was wrong with the others."""

    columns: dict[str, pa.BinaryArray]
    locations: RowLocations
    problems: tuple[Problem, ...]
    ragged_ids: tuple[bytes, ...]


def read_carefully(text: bytes, header: Header, layout: Layout) -> FileColumns:
    """The file's columns. Raises InvalidSubmission with every problem of the file."""
    limits = replace(layout.limits, rows=most_lines(layout))
    table = read_text(text, header, limits, id_column=layout.id_column)
    ids = table.columns[layout.id_column]
    problems = [*table.problems, *id_problems(ids, layout.ids, table.locations, table.ragged_ids)]
    problems += values_problems(table.columns, layout, table.locations)
    if problems:
        raise InvalidSubmission(tuple(problems))
    rules = zip(layout.value_columns, layout.rules, strict=True)
    return FileColumns(
        pa.chunked_array([ids.cast(pa.string())]),
        tuple(text_values(table.columns[name], rule) for name, rule in rules),
    )


def read_text(text: bytes, header: Header, limits: Limits, *, id_column: str) -> TextTable:
    """The rows of a file as text. Raises InvalidSubmission when the file cannot be cut into rows at all."""
    body = text[header.size :].rstrip(b"\r\n")  # blank lines at the very end mean nothing
    if not body:
        raise InvalidSubmission((_no_rows(),))
    _require_few_lines(body, limits)
    problems = [*_encoding_problems(body)]
    if problems:
        body = body.decode("utf-8", errors="replace").encode()  # pyarrow's handler of odd rows needs UTF-8
    _require_short_lines(body, limits)
    lines = Lines(body)
    _require_shape(lines)
    table, ragged = _parse(body, header)
    locations = RowLocations(lines, _record_numbers(len(table), ragged), table[id_column].combine_chunks())
    columns = {name: table[name].combine_chunks() for name in header.columns}
    problems += [*_nul_problems(body, lines), *_ragged_problems(ragged, len(header.columns), lines)]
    place = header.columns.index(id_column)
    ragged_ids = tuple(row.text.split(",")[place].encode() for row in ragged if row.text.count(",") >= place)
    return TextTable(columns, locations, tuple(problems), ragged_ids)


def text_values(column: pa.BinaryArray, rule: Rule) -> Values:
    """The values of a column that was read as text and found without a problem."""
    texts = column.cast(pa.string())
    if isinstance(rule, NumberField):
        texts = texts.cast(pa.float64())
    return values_of(pa.chunked_array([texts]), rule)


def _require_few_lines(body: bytes, limits: Limits) -> None:
    count = max(body.count(b"\n"), body.count(b"\r")) + 1
    if count > limits.rows:
        problem = Problem(
            "too_many_rows",
            f"The file has {count:,} lines; more than {limits.rows:,} are not read.",
            "Upload one row for each id of sample_submission.csv.",
            count,
        )
        raise InvalidSubmission((problem,))


def _require_short_lines(body: bytes, limits: Limits) -> None:
    """Raise when lines are far too long, before anything is kept for each byte or each quote of them."""
    if has_short_lines(body, limits.line_bytes):
        return
    long_lines = too_long(body, limits.line_bytes)
    if long_lines:
        problem = Problem(
            "line_too_long",
            f"{_count(len(long_lines), 'line has', 'lines have')} more than {limits.line_bytes:,} bytes.",
            "Write one row a line, with the expected columns only.",
            len(long_lines),
            tuple(long_lines[:SHOWN]),
        )
        raise InvalidSubmission((problem,))


def _require_shape(lines: Lines) -> None:
    """Raise when a stray quote makes every later row a guess."""
    stray = lines.stray_quotes()
    if stray:
        problem = Problem(
            "stray_quote",
            "A quotation mark does not enclose a whole field, so the rows after it cannot be told.",
            'Enclose the whole field and double the quotes in it, as in "say ""hi""", or use no quotes.',
            len(stray),
            tuple(stray[:SHOWN]),
        )
        raise InvalidSubmission((problem,))


def _parse(body: bytes, header: Header) -> tuple[pa.Table, list[pyarrow.csv.InvalidRow]]:
    ragged: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip" if len(ragged) < RAGGED_MOST else "error"

    types = dict.fromkeys(header.columns, pa.binary())
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=list(header.columns), block_size=max(len(body), 1 << 20)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if len(ragged) < RAGGED_MOST:
            raise  # ours: the shape was proved before
        raise InvalidSubmission(_ragged_problems(ragged, len(header.columns), Lines(body))) from error
    return table, ragged


def _record_numbers(
    rows: int, ragged: list[pyarrow.csv.InvalidRow]
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The record number of each row that was kept."""
    return np.delete(np.arange(rows + len(ragged)), [row.number - 1 for row in ragged])


def _encoding_problems(body: bytes) -> Iterator[Problem]:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        yield Problem(
            "not_utf8",
            f"The file is not UTF-8 text: byte {body[error.start]:#04x} cannot stand where it does.",
            "Write it with df.to_csv('pred.csv', index=False, encoding='utf-8').",
            lines=tuple(Lines(body).of_bytes(np.array([error.start]))),
        )


def _nul_problems(body: bytes, lines: Lines) -> Iterator[Problem]:
    places = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == 0)
    if len(places):
        yield Problem(
            "nul_byte",
            f"The file contains {_count(len(places), 'NUL byte', 'NUL bytes')}, which no text has.",
            "Write the file again as plain UTF-8 text.",
            len(places),
            tuple(lines.of_bytes(places[:SHOWN])),
        )


def _ragged_problems(
    ragged: list[pyarrow.csv.InvalidRow], expected: int, lines: Lines
) -> tuple[Problem, ...]:
    if not ragged:
        return ()
    end_note = " or more (reading stopped there)" if len(ragged) >= RAGGED_MOST else ""
    first = ragged[:SHOWN]
    counts = sorted({row.actual_columns for row in ragged})
    field_counts = f"{counts[0]}" if len(counts) == 1 else f"between {counts[0]} and {counts[-1]}"
    return (
        Problem(
            "wrong_field_count",
            f"{_count(len(ragged), 'row has', 'rows have')}{end_note} {field_counts} fields; "
            f"{expected} expected.",
            "Give every row one value for each column; a value that contains a comma must stand in quotes.",
            len(ragged),
            tuple(lines.of_records(np.array([row.number - 1 for row in first]))),
            tuple(quote(row.text.encode()) for row in first),
        ),
    )


def _no_rows() -> Problem:
    return Problem(
        "no_rows", "The file has a header and no rows.", "Write one row for each id of the sample."
    )


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
