"""Reading a file quickly: pyarrow with declared types, no nulls, one thread, and proof that nothing was forgiven.

pyarrow's converters accept more than we do, so this way is taken only where the bytes prove that the careful way
(careful.py) would read the same: no quotes, no NUL, no blank beside a separator, no number out of range. Whatever
cannot be proved raises Doubt and is read again carefully.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from grader.errors import Doubt
from grader.header import Header
from grader.layout import LabelRule, Layout, NumberRule

BLOCK = 1 << 20  # bytes that pyarrow reads at once; must exceed the longest line
BESIDE_SEPARATORS = tuple(
    pair for blank in (b" ", b"\t") for mark in (b",", b"\n", b"\r") for pair in (blank + mark, mark + blank)
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file in its own row order: ids as text, each target as float64 or as class numbers."""

    ids: pa.ChunkedArray
    targets: tuple[NDArray[np.generic], ...]


def read_quickly(text: bytes, header: Header, layout: Layout) -> Columns:
    """The file's columns. Raises Doubt where it is not proved that they are what the careful way would read."""
    body = memoryview(text)[header.size :]
    if b'"' in text or b"\0" in text or not short_lines(text, layout.limits.line_bytes):
        raise Doubt("quotes, NUL or a long line")
    numbers = any(isinstance(rule, NumberRule) for rule in layout.rules)
    if numbers and _blank_beside_separator(text):
        raise Doubt("a number may be padded")
    types = {name: pa.string() if isinstance(rule, LabelRule) else pa.float64()
             for name, rule in zip(layout.target_columns, layout.rules, strict=True)}
    table = _parse(body, header, {layout.id_column: pa.string(), **types})
    targets = tuple(
        label_codes(table[name], rule) if isinstance(rule, LabelRule) else _in_range(table[name], rule)
        for name, rule in zip(layout.target_columns, layout.rules, strict=True)
    )
    return Columns(table[layout.id_column], targets)


def short_lines(text: bytes, most: int) -> bool:
    """Whether no line has more than `most` bytes, as a look at each half of `most` bytes proves; False is a doubt."""
    end = b"\n" if b"\n" in text else b"\r"
    half = most // 2
    return all(text.find(end, at, at + half) >= 0 for at in range(0, len(text) - half, half))


def label_codes(labels: pa.ChunkedArray, rule: LabelRule) -> NDArray[np.int32]:
    """A class number for each label: its place among the known ones; unknown labels are numbered after them.

    Raises Doubt when an unknown label may be one that the rule refuses.
    """
    codes = pc.index_in(labels, value_set=rule.known)
    if codes.null_count == 0:
        return codes.to_numpy()  # type: ignore[no-any-return]
    if rule.allowed or rule.whole_numbers:
        raise Doubt("an unknown label")
    unknown = codes.is_null().to_numpy()
    others = labels.filter(pa.array(unknown)).combine_chunks().dictionary_encode()
    if pc.any(pc.equal(pc.binary_length(others.dictionary), 0)).as_py():
        raise Doubt("an empty label")
    numbered = codes.fill_null(0).to_numpy().copy()
    numbered[unknown] = others.indices.to_numpy() + len(rule.known)
    return numbered  # type: ignore[no-any-return]


def _blank_beside_separator(text: bytes) -> bool:
    if b" " not in text and b"\t" not in text:
        return False
    return text[-1:] in (b" ", b"\t") or any(pair in text for pair in BESIDE_SEPARATORS)


def _parse(body: memoryview, header: Header, types: dict[str, pa.DataType]) -> pa.Table:
    try:
        return pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=list(header.columns)
            ),
            parse_options=pyarrow.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, include_columns=list(types), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise Doubt(str(error)) from error


def _in_range(numbers: pa.ChunkedArray, rule: NumberRule) -> NDArray[np.float64]:
    values = numbers.to_numpy()
    # NaN is neither above nor below anything, so the comparison must be the one that it fails.
    if not (values.min(initial=rule.highest) >= rule.lowest and values.max(initial=rule.lowest) <= rule.highest):
        raise Doubt("a number out of range")
    return values  # type: ignore[no-any-return]
