"""The values of one column in the form that its rule and the metrics want, whichever way it was read.

Numbers are float64, labels class numbers, lists and runs `Lists`, text stays pyarrow's text.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.metrics.fields import NumberField
from grader.metrics.lists import Lists
from grader.reading.fields.boxes import boxes_texts
from grader.reading.fields.layout import (
    BoxesRule,
    ClassMapRule,
    LabelRule,
    ListRule,
    Rule,
    RunsRule,
    TagsRule,
    TextRule,
)
from grader.reading.fields.lists import runs_of, split_items
from grader.reading.fields.text_slips import slip_of_file
from grader.reading.fields.word_rules import require_known, require_usual, rows_without_items, words_in

Values: TypeAlias = NDArray[np.generic] | Lists | pa.StringArray


def values_of(column: pa.ChunkedArray, rule: Rule) -> Values:
    """A column's values. Raises Doubt where one may be against the rule.

    column: float64 for a NumberField, else text or its bytes.
    """
    match rule:
        case NumberField():
            return _numbers(column, rule)
        case LabelRule():
            return label_codes(column, rule)
        case ListRule():
            return _items(column, rule)
        case RunsRule() | ClassMapRule():
            return _runs(column, rule)
        case BoxesRule():
            return _with_usual_words(boxes_texts(column, confident=rule.confident), rule)
        case TagsRule():
            return _with_usual_words(column.cast(pa.string()).combine_chunks(), rule)
        case TextRule():
            return _texts(column, rule)


def take_rows(values: Values, rows: NDArray[np.int64]) -> Values:
    """The values of these rows, in this order."""
    if isinstance(values, Lists):
        return values.take(rows)
    if isinstance(values, np.ndarray):
        return np.take(values, rows, axis=0)
    return values.take(arrow.integers(rows))


def _numbers(column: pa.ChunkedArray, rule: NumberField) -> NDArray[np.float64]:
    values: NDArray[np.float64] = arrow.numpy(column)
    # NaN is neither above nor below anything, so the comparison must be the one that it fails.
    if not (
        values.min(initial=rule.highest) >= rule.lowest and values.max(initial=rule.lowest) <= rule.highest
    ):
        raise Doubt("a number out of range")
    if rule.whole and not (values == np.floor(values)).all():
        raise Doubt("a number with a fraction")
    return values


def label_codes(labels: pa.ChunkedArray, rule: LabelRule) -> NDArray[np.signedinteger]:
    """A class number for each label: its place among the known ones; unknown labels are numbered after them.

    Raises Doubt when an unknown label may be one that the rule refuses.
    """
    codes: NDArray[np.signedinteger] | None = _one_byte_codes(labels, rule)
    if codes is None:
        codes = _codes(labels, rule.vocabulary, lambda unknown: require_usual(unknown, rule))
    require_known(labels, codes, rule)
    return codes


def _codes(
    texts: pa.ChunkedArray, vocabulary: pa.StringArray, require: Callable[[pa.Array], None]
) -> NDArray[np.int64]:
    """The number of each text among the known ones; those of others follow, once `require` lets them pass."""
    indices = pc.index_in(texts, value_set=vocabulary.cast(texts.type))
    numbers = arrow.index_numbers(indices)
    if indices.null_count == 0:
        return numbers
    is_unknown = numbers < 0
    others = texts.filter(arrow.booleans(is_unknown)).combine_chunks().dictionary_encode()
    require(others.dictionary)
    numbers[is_unknown] = arrow.numpy(others.indices) + len(vocabulary)
    return numbers


def _one_byte_codes(labels: pa.ChunkedArray, rule: LabelRule) -> NDArray[np.int32] | None:
    """The class numbers where every label is one known byte, which needs no hashing; else None."""
    number_of = np.full(256, -1, dtype=np.int32)
    for number, label in enumerate(rule.vocabulary.cast(pa.binary()).to_pylist()):
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


def _items(column: pa.ChunkedArray, rule: ListRule) -> Lists:
    items = split_items(column)
    if rows_without_items(items, rule).any():
        raise Doubt("lists without an item")
    flat = pa.chunked_array([items.flatten()])
    numbers = _codes(flat, rule.vocabulary, lambda unknown: require_usual(unknown, rule))
    require_known(flat, numbers, rule)
    return Lists(_ends(items), numbers)


def _with_usual_words(texts: pa.StringArray, rule: TagsRule | BoxesRule | ClassMapRule) -> pa.StringArray:
    if rule.notation is not None or rule.allowed:
        require_usual(pc.unique(words_in(texts, rule).texts), rule)
    return texts


def _runs(column: pa.ChunkedArray, rule: RunsRule | ClassMapRule) -> Lists:
    runs = runs_of(column)
    if isinstance(rule, ClassMapRule):
        _with_usual_words(column.cast(pa.string()).combine_chunks(), rule)
    return runs


def _texts(column: pa.ChunkedArray, rule: TextRule) -> pa.StringArray:
    texts = column.cast(pa.string()).combine_chunks()
    if (slip := slip_of_file(rule.slips, texts)) is not None:
        raise Doubt(slip.code)
    return texts


def _ends(items: pa.ListArray) -> NDArray[np.int64]:
    lengths = arrow.numpy(pc.list_value_length(items)).astype(np.int64)
    return np.concatenate([[0], np.cumsum(lengths)])
