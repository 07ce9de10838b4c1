"""Reading a file quickly: declared types, no nulls, one thread, and proof that nothing was forgiven.

pyarrow's converters accept more than we do, so this way is taken only where the bytes prove that the careful
way (careful.py) would read the same: no stray quote, no NUL, no blank beside a separator, no number out of
range. Whatever cannot be proved raises Doubt and is read again carefully.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv

from grader.errors import Doubt
from grader.metrics.fields import NumberField
from grader.reading.archives import BOM
from grader.reading.fields.layout import Layout
from grader.reading.fields.values import Values, values_of
from grader.reading.header import Header
from grader.reading.lines import Lines

BLOCK = 1 << 20  # bytes that pyarrow reads at once; a longer line is left to the careful way
BESIDE_SEPARATORS = tuple(
    pair
    for blank in (b" ", b"\t")
    for mark in (b",", b"\n", b"\r", b'"')
    for pair in (blank + mark, mark + blank)
)


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The columns of a file in its own row order: ids as text, the others as `values_of` makes them."""

    ids: pa.ChunkedArray
    values: tuple[Values, ...]


def read_quickly(text: bytes, header: Header, layout: Layout) -> FileColumns:
    """The file's columns. Raises Doubt where the careful way might read something else, or nothing."""
    body = memoryview(text)[header.size :]
    has_quotes = text.find(b'"', header.size) >= 0
    if (
        b"\0" in text
        or text.startswith(BOM, header.size)
        or not has_short_lines(text, layout.limits.line_bytes)
        or (has_quotes and (text.count(b"\n") > layout.file_limits.rows or not _well_quoted(body)))
    ):
        raise Doubt("NUL, a mark before the first row, a long line, a stray quote, or a newline in quotes")
    numbers = any(isinstance(rule, NumberField) for rule in layout.rules)
    if numbers and _blank_beside_separator(text):
        raise Doubt("a number may be padded")
    text_type = (
        pa.binary() if text.isascii() else pa.string()
    )  # pyarrow checks a string column for valid UTF-8
    rules = dict(zip(layout.value_columns, layout.rules, strict=True))
    types = {
        name: pa.float64() if isinstance(rule, NumberField) else text_type for name, rule in rules.items()
    }
    table = _parse(
        body, header, {layout.id_column: text_type, **types}, has_quotes=has_quotes, rows=len(layout.ids)
    )
    values = tuple(values_of(table[name], rule) for name, rule in rules.items())
    return FileColumns(table[layout.id_column], values)


def _well_quoted(body: memoryview) -> bool:
    lines = Lines(body)
    return lines.only_end_records and not lines.stray_quotes()


def has_short_lines(text: bytes, most: int) -> bool:
    """Whether no line has more than `most` bytes, proved by an end in each stretch of half as many bytes."""
    end = b"\n" if b"\n" in text else b"\r"
    half = most // 2
    return all(text.find(end, start, start + half) >= 0 for start in range(0, len(text) - half, half))


def _blank_beside_separator(text: bytes) -> bool:
    if b" " not in text and b"\t" not in text:
        return False
    return text[-1:] in (b" ", b"\t") or any(pair in text for pair in BESIDE_SEPARATORS)


def _parse(
    body: memoryview, header: Header, types: dict[str, pa.DataType], *, has_quotes: bool, rows: int
) -> pa.Table:
    """The table of `rows` rows. Raises Doubt when there are more, before the rest is read."""
    batches = []
    try:
        with pyarrow.csv.open_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=list(header.columns)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                quote_char='"' if has_quotes else False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False
            ),
        ) as reader:
            for batch in reader:
                batches.append(batch)
                rows -= len(batch)
                if rows < 0:
                    raise Doubt("too many rows")
    except pa.ArrowInvalid as error:
        raise Doubt(str(error)) from error
    return pa.Table.from_batches(batches)
