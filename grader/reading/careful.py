"""Reading a file carefully: every problem it has, grouped by kind, with counts, lines and what stands there.

This way defines what a well-formed file is. It reads every field as text and is taken when the quick way has
a doubt; a file that turns out to be well-formed (quoted fields, say) is returned and scored like any other.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, InvalidSubmission, Problem
from grader.messages import Message, counted
from grader.metrics.fields import NumberField
from grader.reading.archives import BOM
from grader.reading.causes.shapes import (
    different,
    encoding_problems,
    nul_problems,
    padding_problem,
    ragged_problems,
    repeated_header_problem,
)
from grader.reading.fields.layout import Layout, Rule
from grader.reading.fields.value_problems import values_problems
from grader.reading.fields.values import Values, values_of
from grader.reading.header import Header
from grader.reading.id_problems import id_problems
from grader.reading.ids.index import IdIndex
from grader.reading.lines import Lines, too_long
from grader.reading.locations import RowLocations
from grader.reading.quick import FileColumns, has_short_lines
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
    limits = layout.file_limits
    table = read_text(text, header, limits, id_column=layout.id_column, key_ids=layout.ids)
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


def read_text(
    text: bytes, header: Header, limits: Limits, *, id_column: str, key_ids: IdIndex | None = None
) -> TextTable:
    """The rows of a file as text. Raises InvalidSubmission when the file cannot be cut into rows at all.

    key_ids: the ids that are expected, where they are known.
    """
    body = text[header.size :].rstrip(b"\r\n")  # blank lines at the very end mean nothing
    if not body:
        raise InvalidSubmission((_no_rows(),))
    if (padding := padding_problem(body)) is not None:
        raise InvalidSubmission((padding,))
    _require_few_lines(body, limits, key_ids)
    if causes := (*encoding_problems(body), *nul_problems(body)):
        raise InvalidSubmission(causes)  # what they do to ids and values would be said beside them
    _require_short_lines(body, limits)
    lines = Lines(body)
    _require_shape(lines)
    problems: list[Problem] = []
    table, ragged = _parse(body, header)
    records = _record_numbers(len(table), ragged)
    is_header = _repeats_header(table, id_column, key_ids)
    if is_header.any():
        problems.append(repeated_header_problem(records[is_header], lines))
        table, records = table.filter(arrow.booleans(~is_header)), records[~is_header]
    locations = RowLocations(lines, records, table[id_column].combine_chunks(), id_column)
    columns = {name: table[name].combine_chunks() for name in header.columns}
    problems += ragged_problems(ragged, len(header.columns), lines, most=RAGGED_MOST)
    place = header.columns.index(id_column)
    ragged_ids = tuple(row.text.split(",")[place].encode() for row in ragged if row.text.count(",") >= place)
    return TextTable(columns, locations, tuple(problems), ragged_ids)


def text_values(column: pa.BinaryArray, rule: Rule) -> Values:
    """The values of a column that was read as text and found without a problem."""
    texts = column.cast(pa.string())
    if isinstance(rule, NumberField):
        texts = texts.cast(pa.float64())
    return values_of(pa.chunked_array([texts]), rule)


def _require_few_lines(body: bytes, limits: Limits, key_ids: IdIndex | None) -> None:
    count = max(body.count(b"\n"), body.count(b"\r")) + 1
    if count > limits.rows:
        message = (
            Message(
                "The file has {count:,} rows; more than {most:,} are not read.", count=count, most=limits.rows
            )
            if key_ids is None
            else Message(
                "Rows in the file: {count:,}, expected: {expected:,}.", count=count, expected=len(key_ids)
            )
        )
        problem = Problem(
            "too_many_rows",
            message,
            Message("Upload one row for each id of sample_submission.csv."),
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
            counted(
                "{count:,} line has more than {most:,} bytes.",
                "{count:,} lines have more than {most:,} bytes.",
                len(long_lines),
                most=limits.line_bytes,
            ),
            Message("Write one row a line, with the expected columns only."),
            len(long_lines),
            tuple(long_lines[:SHOWN]),
        )
        raise InvalidSubmission((problem,))


def _require_shape(lines: Lines) -> None:
    """Raise when a stray quote makes every later row a guess."""
    stray = different(lines.stray_quotes())
    if stray:
        problem = Problem(
            "stray_quote",
            Message("A quotation mark does not enclose a whole field, so the rows after it cannot be told."),
            Message(
                'Enclose the whole field and double the quotes in it, as in "say ""hi""", or use no quotes.'
            ),
            len(stray),
            stray[:SHOWN],
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
            pa.BufferReader(BOM + body if body.startswith(BOM) else body),  # pyarrow leaves the first out
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
        problems = ragged_problems(ragged, len(header.columns), Lines(body), most=RAGGED_MOST)
        raise InvalidSubmission(problems) from error
    return table, ragged


def _repeats_header(table: pa.Table, id_column: str, key_ids: IdIndex | None) -> NDArray[np.bool_]:
    """Which rows are the header once more, (n_rows,); none where the name of the id column is an id."""
    is_header = np.ones(len(table), dtype=np.bool_)
    if key_ids is not None and int(key_ids.rows_of(arrow.texts([id_column]))[0]) >= 0:
        return ~is_header
    for name in table.column_names:
        is_header &= arrow.numpy(pc.equal(table[name], arrow.byte_string(name.encode())))
    return is_header


def _record_numbers(rows: int, ragged: list[pyarrow.csv.InvalidRow]) -> NDArray[np.int64]:
    """The record number of each row that was kept."""
    return np.delete(np.arange(rows + len(ragged)), [row.number - 1 for row in ragged])


def _no_rows() -> Problem:
    return Problem(
        "no_rows",
        Message("The file has a header and no rows."),
        Message("Write one row for each id of the sample."),
    )
