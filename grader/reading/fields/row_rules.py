"""What a field must be for its row: runs inside the image, a tag for each token, the items that it orders."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.metrics.fields import ClassMapField, Field, ListField, TagsField, TextField
from grader.metrics.lists import Lists
from grader.reading.fields.boxes import bad_boxes
from grader.reading.fields.layout import (
    BoxesRule,
    ClassMapRule,
    ListRule,
    Rule,
    RunsRule,
    TagsRule,
    TextRule,
    rule_of,
)
from grader.reading.fields.lists import split_items
from grader.reading.fields.notation import ITEM_MARKS, Notation
from grader.reading.fields.text_slips import slips_that_no_text_shows
from grader.reading.fields.values import Values, values_of
from grader.reading.ids.index import Places

Mask = NDArray[np.bool_]


def misfits(values: Values, rule: Rule, places: Places) -> dict[str, Mask]:
    """Which rows break a rule of their place, by the problem's code.

    values: as `values_of` makes them. places: where each row belongs among the answers, (n_rows,); a row
    whose id is unknown has -1 and is not judged.
    """
    match rule:
        case RunsRule():
            masks = _bad_runs(values, rule, places)
        case TagsRule() if rule.tokens is not None:
            masks = {"wrong_tag_count": tokens_of(values) != rule.tokens[places]}
        case ListRule() if rule.items is not None:
            masks = {"wrong_items": _other_items(values, rule.items.take(np.maximum(places, 0)))}
        case BoxesRule():
            masks = {"bad_box": bad_boxes(values, confident=rule.confident)}
        case ClassMapRule():
            masks = _bad_maps(values, rule, places)
        case _:
            return {}
    return {code: mask & (places >= 0) for code, mask in masks.items()}


def rule_of_sample(field: Field, texts: pa.StringArray) -> Rule:
    """The rule of a column with what sample_submission.csv shows of each row, in `texts`."""
    if isinstance(field, TagsField):
        return TagsRule(tokens_of(texts), (), Notation.of_sample(_items(texts), ITEM_MARKS))
    if isinstance(field, ClassMapField):
        return _map_rule_of_sample(texts)
    if isinstance(field, TextField):
        return TextRule(slips_that_no_text_shows(texts))
    if isinstance(field, ListField) and field.orders:
        column = pa.chunked_array([texts])
        rule = ListRule(pc.unique(_items(texts)))
        items = values_of(column, rule)
        assert isinstance(items, Lists), "items are read as lists"
        return ListRule(rule.vocabulary, items=items)
    if isinstance(field, ListField):
        return ListRule(pc.unique(_items(texts)), notation=Notation.of_sample(_items(texts), ITEM_MARKS))
    return rule_of(field)


def _map_rule_of_sample(texts: pa.StringArray) -> ClassMapRule:
    """The pixels of each image where the sample has whole maps; a sample with empty fields tells none."""
    try:
        counts = map_pixels(values_of(pa.chunked_array([texts]), ClassMapRule()))
    except Doubt:
        return ClassMapRule()
    return ClassMapRule(counts if counts.all() else None)


def _items(texts: pa.StringArray) -> pa.StringArray:
    return split_items(pa.chunked_array([texts])).flatten()


def tokens_of(values: Values) -> NDArray[np.int64]:
    """How many words each text has, (n_rows,)."""
    lengths = pc.list_value_length(split_items(pa.chunked_array([values])))
    counts: NDArray[np.int64] = arrow.numpy(lengths).astype(np.int64)
    return counts


def pixels(arguments: Mapping[str, Any], auxiliary: Mapping[str, Values], rows: int) -> NDArray[np.int64]:
    """The number of pixels of each row's image: from the key's columns, else from the arguments."""
    sides = [
        np.asarray(auxiliary[column])
        if column in auxiliary
        else np.full(rows, arguments.get(argument) or 10**6)
        for column, argument in (("heights", "height"), ("widths", "width"))
    ]
    counts: NDArray[np.int64] = (sides[0] * sides[1]).astype(np.int64)
    return counts


def _bad_runs(values: Values, rule: RunsRule, places: Places) -> dict[str, Mask]:
    assert isinstance(values, Lists), "runs are read as lists"
    starts, lengths = values.flat[0::2] - rule.first, values.flat[1::2]
    rows = values.row_numbers[0::2]
    is_beyond = np.zeros(len(starts), dtype=np.bool_)
    if rule.pixels is not None:
        is_beyond = starts + lengths > rule.pixels[places][rows]
    is_next = np.concatenate([[False], rows[1:] == rows[:-1]])
    does_overlap = is_next & (starts < np.concatenate([[0], starts[:-1] + lengths[:-1]]))
    masks = {"empty_run": lengths == 0, "run_outside": (starts < 0) | is_beyond, "runs_overlap": does_overlap}
    return {code: np.bincount(rows[mask], minlength=len(values)) > 0 for code, mask in masks.items()}


def map_pixels(values: Values) -> NDArray[np.int64]:
    """The number of pixels of each class map, (n_rows,)."""
    assert isinstance(values, Lists), "class maps are read as lists"
    ends = np.concatenate([[0], np.cumsum(values.flat[1::2])])
    counts: NDArray[np.int64] = np.diff(ends[(values.ends - values.ends[0]) // 2])
    return counts


def _bad_maps(values: Values, rule: ClassMapRule, places: Places) -> dict[str, Mask]:
    assert isinstance(values, Lists), "class maps are read as lists"
    is_empty = np.bincount(values.row_numbers[1::2][values.flat[1::2] == 0], minlength=len(values)) > 0
    if rule.pixels is None:
        return {"empty_run": is_empty}
    return {"empty_run": is_empty, "wrong_pixel_count": map_pixels(values) != rule.pixels[places]}


def _other_items(values: Values, row_items: Lists) -> Mask:
    """Which rows do not have exactly the items of their row, once each."""
    assert isinstance(values, Lists), "items are read as lists"
    is_wrong: Mask = values.lengths != row_items.lengths
    most = int(max(values.flat.max(initial=0), row_items.flat.max(initial=0))) + 1
    file_keys, row_keys = (np.sort(side.row_numbers * most + side.flat) for side in (values, row_items))
    if len(file_keys) == len(row_keys) and not is_wrong.any():
        is_wrong[file_keys[file_keys != row_keys] // most] = True
        return is_wrong
    missing = np.setdiff1d(row_keys, file_keys) // most
    is_wrong[missing] = True
    return is_wrong
