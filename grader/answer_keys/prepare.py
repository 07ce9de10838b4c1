"""From the well-formed text of an answer key to arrays: public rows first, then private, then ignored."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.answer_keys.key_file import Texts
from grader.answer_keys.stencil import Stencils
from grader.arrow import NO_TEXTS
from grader.metrics import Columns
from grader.metrics.fields import LABEL, Field, LabelField, ListField, RunsField, TagsField
from grader.metrics.lists import Lists
from grader.reading.careful import text_values
from grader.reading.ids.index import IdIndex
from grader.reading.layout import (
    WHOLE,
    LabelRule,
    Layout,
    ListRule,
    Rule,
    RunsRule,
    TagsRule,
    first_pixel,
    rule_of,
)
from grader.reading.list_fields import split_items
from grader.reading.row_rules import pixels, tokens_of
from grader.reading.values import Values, take_rows
from grader.spec import USAGE_COLUMN, GradingSpec


@dataclass(frozen=True, slots=True)
class KeyParts:
    """The parts of an answer key."""

    layout: Layout
    answers: Values
    arguments: dict[str, Any]
    auxiliary: dict[str, Values]
    public_rows: int
    private_rows: int
    stencils: Stencils


def prepare(columns: Texts, spec: GradingSpec) -> KeyParts:
    """The parts of the key whose fields, as text, are `columns`."""
    public, private, ignored = split_rows(columns[USAGE_COLUMN])
    order = np.concatenate([public, private, ignored])
    vocabulary = _vocabulary(columns, spec)
    metric = spec.definition
    auxiliary = {
        name: take_rows(_values(columns[column], metric.auxiliary[name]), order)
        for name, column in spec.auxiliary.items()
    }
    arguments = _arguments(spec, vocabulary)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    answers = _answers(columns, spec, order, vocabulary)
    image_pixels = pixels(arguments, auxiliary, len(order))
    public_targets = columns[spec.target_columns[0]].take(arrow.integers(public))
    rule = _rule(public_targets, spec, vocabulary, answers, image_pixels)
    return KeyParts(
        Layout(
            spec.id_column,
            spec.prediction_columns,
            (rule,) * len(spec.prediction_columns),
            IdIndex(columns[spec.id_column], places),
            spec.limits,
            metric.shares,
        ),
        answers,
        arguments,
        auxiliary,
        len(public),
        len(private),
        Stencils(
            spec.columns,
            columns[spec.id_column],
            places,
            vocabulary if metric.predictions == LABEL else NO_TEXTS,
        ),
    )


def split_rows(usage: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the public split, of the private one, and those that are ignored, each ascending."""
    public, private, ignored = (
        np.flatnonzero(arrow.numpy(pc.equal(usage, arrow.text(word))))
        for word in ("Public", "Private", "Ignored")
    )
    return public, private, ignored


def _vocabulary(columns: Texts, spec: GradingSpec) -> pa.StringArray:
    """The labels or items that get the numbers 0, 1, 2, ...: the declared ones, or those of the key."""
    metric, target = spec.definition, columns[spec.target_columns[0]]
    if metric.columns is Columns.PER_CLASS:
        return arrow.texts(spec.labels)
    if isinstance(metric.answers, ListField) or isinstance(metric.predictions, ListField):
        return pc.unique(split_items(pa.chunked_array([target])).flatten())
    return pc.unique(target) if metric.answers == LABEL else NO_TEXTS


def _answers(
    columns: Texts, spec: GradingSpec, order: NDArray[np.int64], vocabulary: pa.StringArray
) -> Values:
    metric = spec.definition
    values = [_values(columns[name], metric.answers, vocabulary) for name in spec.target_columns]
    if metric.columns is not Columns.MANY:
        return take_rows(values[0], order)
    table = np.array([take_rows(column, order) for column in values]).T
    return table / table.sum(axis=1, keepdims=True) if metric.shares else table


def _values(column: pa.StringArray, field: Field, vocabulary: pa.StringArray | None = None) -> Values:
    if vocabulary is None:
        vocabulary = pc.unique(column) if isinstance(field, LabelField) else NO_TEXTS
    return text_values(column.cast(pa.binary()), rule_of(field, vocabulary))


def _arguments(spec: GradingSpec, vocabulary: pa.StringArray) -> dict[str, Any]:
    """The metric's arguments, a label by its class number; one that the key does not have gets the next."""
    labels = (
        vocabulary.to_pylist()
        if any(parameter.is_label for parameter in spec.definition.parameters.values())
        else []
    )
    return {
        name: (labels.index(value) if value in labels else len(labels))
        if spec.definition.parameters[name].is_label
        else value
        for name, value in spec.arguments.items()
    }


def _rule(
    public_targets: pa.StringArray,
    spec: GradingSpec,
    vocabulary: pa.StringArray,
    answers: Values,
    image_pixels: NDArray[np.int64],
) -> Rule:
    """The rule of the upload's columns. public_targets: they alone tell a spelling."""
    field = spec.definition.predictions
    match field:
        case LabelField():
            return LabelRule(vocabulary, spec.labels, whole_numbers=_whole_numbers(public_targets))
        case ListField():
            items = split_items(pa.chunked_array([public_targets])).flatten()
            whole_numbers = len(items) > 0 and _whole_numbers(items)
            row_items = answers if field.orders and isinstance(answers, Lists) else None
            return ListRule(vocabulary, whole_numbers=whole_numbers, items=row_items)
        case RunsField():
            return RunsRule(first_pixel(spec.arguments), image_pixels)
        case TagsField():
            return TagsRule(tokens_of(answers))
        case other:
            return rule_of(other)


def _whole_numbers(texts: pa.StringArray) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern=WHOLE)).as_py())
