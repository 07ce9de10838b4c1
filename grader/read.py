"""Reading a file quickly: declared types, no nulls, one thread, and proof that nothing was forgiven.

pyarrow's converters accept more than we do, so this way is taken only where the bytes prove that the careful
way (careful.py) would read the same: no stray quote, no NUL, no blank beside a separator, no number out of
range. Whatever cannot be proved raises Doubt and is read again carefully.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from grader.errors import Doubt
from grader.header import Header
from grader.layout import WHOLE, LabelRule, Layout, NumberRule
from grader.lines import Lines

BLOCK = 1 << 20  # bytes that pyarrow reads at once; a longer line is left to the careful way
BESIDE_SEPARATORS = tuple(
    pair
    for blank in (b" ", b"\t")
    for mark in (b",", b"\n", b"\r", b'"')
    for pair in (blank + mark, mark + blank)
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file in its own row order: ids as text, each target as float64 or as class numbers."""

    ids: pa.ChunkedArray
    targets: tuple[NDArray[np.generic], ...]


def read_quickly(text: bytes, header: Header, layout: Layout) -> Columns:
    """The file's columns. Raises Doubt where the careful way might read something else, or nothing."""
    body = memoryview(text)[header.size :]
    quoted = text.find(b'"', header.size) >= 0
    if (
        b"\0" in text
        or not short_lines(text, layout.limits.line_bytes)
        or (quoted and not _well_quoted(body))
    ):
        raise Doubt("NUL, a long line, a stray quote, or a newline in quotes")
    numbers = any(isinstance(rule, NumberRule) for rule in layout.rules)
    if numbers and _blank_beside_separator(text):
        raise Doubt("a number may be padded")
    words = pa.binary() if text.isascii() else pa.string()  # pyarrow checks a string column for valid UTF-8
    types = {
        name: words if isinstance(rule, LabelRule) else pa.float64()
        for name, rule in zip(layout.target_columns, layout.rules, strict=True)
    }
    table = _parse(body, header, {layout.id_column: words, **types}, quoted=quoted, rows=len(layout.ids))
    targets = tuple(
        label_codes(table[name], rule) if isinstance(rule, LabelRule) else _in_range(table[name], rule)
        for name, rule in zip(layout.target_columns, layout.rules, strict=True)
    )
    return Columns(table[layout.id_column], targets)


def _well_quoted(body: memoryview) -> bool:
    lines = Lines(body)
    return lines.only_end_records and not lines.stray_quotes()


def short_lines(text: bytes, most: int) -> bool:
    """Whether no line has more than `most` bytes, proved by an end in each stretch of half as many bytes."""
    end = b"\n" if b"\n" in text else b"\r"
    half = most // 2
    return all(text.find(end, at, at + half) >= 0 for at in range(0, len(text) - half, half))


def label_codes(labels: pa.ChunkedArray, rule: LabelRule) -> NDArray[np.int32]:
    """A class number for each label: its place among the known ones; unknown labels are numbered after them.

    Raises Doubt when an unknown label may be one that the rule refuses.
    """
    codes = _one_byte_codes(labels, rule)
    if codes is not None:
        return codes
    found = pc.index_in(labels, value_set=rule.known.cast(labels.type))
    numbers: NDArray[np.int32] = found.fill_null(0).to_numpy()
    if found.null_count == 0:
        return numbers
    unknown = found.is_null().to_numpy()
    others = labels.filter(pa.array(unknown)).combine_chunks().dictionary_encode()
    _require_allowed(others.dictionary, rule)
    numbers = numbers.copy()
    numbers[unknown] = others.indices.to_numpy() + len(rule.known)
    return numbers


def _one_byte_codes(labels: pa.ChunkedArray, rule: LabelRule) -> NDArray[np.int32] | None:
    """The class numbers where every label is one known byte, which needs no hashing; else None."""
    number_of = np.full(256, -1, dtype=np.int32)
    for number, label in enumerate(rule.known.cast(pa.binary()).to_pylist()):
        if len(label) == 1:
            number_of[label[0]] = number
    codes = np.empty(len(labels), dtype=np.int32)
    row = 0
    for chunk in labels.chunks:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        if data is None or int(ends[-1] - ends[0]) != len(chunk) or not (np.diff(ends) == 1).all():
            return None
        np.take(
            number_of,
            np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]],
            out=codes[row : row + len(chunk)],
        )
        row += len(chunk)
    return codes if int(codes.min(initial=0)) >= 0 else None


def _require_allowed(labels: pa.Array, rule: LabelRule) -> None:
    """Raise Doubt when one of these labels, which the key does not know, may be one that the rule refuses."""
    texts = labels.cast(pa.string())
    doubtful = pc.equal(pc.binary_length(texts), 0)
    if rule.allowed:
        doubtful = pc.or_(doubtful, pc.invert(pc.is_in(texts, value_set=pa.array(rule.allowed, pa.string()))))
    elif rule.whole_numbers:
        doubtful = pc.or_(doubtful, pc.invert(pc.match_substring_regex(texts, pattern=WHOLE)))
    if pc.any(doubtful).as_py():
        raise Doubt("a label that the rule refuses")


def _blank_beside_separator(text: bytes) -> bool:
    if b" " not in text and b"\t" not in text:
        return False
    return text[-1:] in (b" ", b"\t") or any(pair in text for pair in BESIDE_SEPARATORS)


def _parse(
    body: memoryview, header: Header, types: dict[str, pa.DataType], *, quoted: bool, rows: int
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
                quote_char='"' if quoted else False, ignore_empty_lines=False
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


def _in_range(numbers: pa.ChunkedArray, rule: NumberRule) -> NDArray[np.float64]:
    values = numbers.to_numpy()
    # NaN is neither above nor below anything, so the comparison must be the one that it fails.
    if not (
        values.min(initial=rule.highest) >= rule.lowest and values.max(initial=rule.lowest) <= rule.highest
    ):
        raise Doubt("a number out of range")
    return values  # type: ignore[no-any-return]
