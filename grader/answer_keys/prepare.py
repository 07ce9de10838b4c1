"""From the well-formed text of an answer key to arrays: public rows first, then private, then ignored."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.answer_keys.key_file import Texts
from grader.answer_keys.stencil import Stencils
from grader.answer_keys.words import has_lists, word_rule, words_of
from grader.arrow import NO_TEXTS
from grader.metrics import Columns
from grader.metrics.fields import (
    LABEL,
    BoxesField,
    ClassMapField,
    Field,
    LabelField,
    ListField,
    NumberField,
    RunsField,
    TagsField,
    TextField,
)
from grader.metrics.lists import Lists
from grader.metrics.needs import IN_RATINGS
from grader.metrics.texts.accepted import accepted_texts
from grader.reading.careful import text_values
from grader.reading.fields.layout import (
    ClassMapRule,
    Layout,
    ListRule,
    Rule,
    RunsRule,
    TagsRule,
    TextRule,
    WordRule,
    first_pixel,
    rule_of,
)
from grader.reading.fields.row_rules import map_pixels, pixels, tokens_of
from grader.reading.fields.text_slips import slips_that_no_text_shows
from grader.reading.fields.values import Values, take_rows
from grader.reading.ids.index import IdIndex
from grader.spec import USAGE_COLUMN, GradingSpec

ABSENT = -1  # stands for a label that no row of the key has, and is no class number


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
    metric = spec.definition
    public_targets = columns[spec.target_columns[0]].take(arrow.integers(public))
    public_words = words_of(public_targets, metric)
    vocabulary = _vocabulary(columns, spec, public_words)
    auxiliary = {
        name: take_rows(_values(columns[column], metric.auxiliary[name]), order)
        for name, column in spec.auxiliary.items()
    }
    arguments = _arguments(spec, vocabulary)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    answers = _answers(columns, spec, order, vocabulary)
    image_pixels = pixels(arguments, auxiliary, len(order))
    rule = _rule(
        public_words,
        spec,
        vocabulary,
        answers,
        image_pixels,
        public_has_items=not arrow.is_empty(pc.utf8_trim_whitespace(public_targets)).any(),
    )
    return KeyParts(
        _layout(spec, rule, IdIndex(columns[spec.id_column], places)),
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
            known_first=len(pc.unique(public_words)),
        ),
    )


def _layout(spec: GradingSpec, rule: Rule, ids: IdIndex) -> Layout:
    """What an upload must hold. rule: of each of its columns beside the id."""
    names = spec.prediction_columns
    shares, rising = spec.definition.shares, _rising_columns(spec)
    return Layout(spec.id_column, names, (rule,) * len(names), ids, spec.limits, shares, rising)


def split_rows(usage: pa.StringArray) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the public split, of the private one, and those that are ignored, each ascending."""
    public, private, ignored = (
        np.flatnonzero(arrow.numpy(pc.equal(usage, arrow.text(word))))
        for word in ("Public", "Private", "Ignored")
    )
    return public, private, ignored


def _vocabulary(columns: Texts, spec: GradingSpec, public_words: pa.StringArray) -> pa.StringArray:
    """The labels or items that get the numbers 0, 1, 2, ...: the declared ones, or those of the key.

    Those of the public rows come first, so that no hidden row moves the number of one, and with it the last
    digits of a public score.
    """
    metric, target = spec.definition, columns[spec.target_columns[0]]
    if metric.columns is Columns.PER_CLASS:
        return arrow.texts(spec.labels)
    if metric.answers != LABEL and not has_lists(metric):
        return NO_TEXTS
    return pc.unique(pa.chunked_array([public_words, words_of(target, metric)]))


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
    """The metric's arguments, a label by its class number; -1 for one that the key does not have."""
    labels = (
        vocabulary.to_pylist()
        if any(parameter.is_label for parameter in spec.definition.parameters.values())
        else []
    )
    return {
        name: (labels.index(value) if value in labels else ABSENT)
        if spec.definition.parameters[name].is_label
        else value
        for name, value in spec.arguments.items()
    }


def _rule(
    public_words: pa.StringArray,
    spec: GradingSpec,
    vocabulary: pa.StringArray,
    answers: Values,
    image_pixels: NDArray[np.int64],
    *,
    public_has_items: bool,
) -> Rule:
    """The rule of the upload's columns. public_words: the labels or items of the public rows."""
    match spec.definition.predictions:
        case ListField(orders=True):
            assert isinstance(answers, Lists), "items are put in order"
            return ListRule(vocabulary, items=answers)  # of each row, so that there is nothing else to tell
        case LabelField():
            return word_rule(spec.definition, public_words, labels=spec.labels, vocabulary=vocabulary)
        case ListField():
            rule = word_rule(spec.definition, public_words, labels=spec.labels, vocabulary=vocabulary)
            assert isinstance(rule, ListRule), "lists have a rule of lists"
            return replace(rule, has_items=public_has_items)
        case RunsField():
            return RunsRule(first_pixel(spec.arguments), image_pixels)
        case ClassMapField() | TagsField() | BoxesField():
            rule = word_rule(spec.definition, public_words, labels=spec.labels, vocabulary=vocabulary)
            return _with_shapes(rule, answers)
        case TextField():
            return TextRule(slips_that_no_text_shows(_accepted(public_words, spec)))
        case NumberField() if IN_RATINGS in spec.definition.needs:
            lowest, highest = spec.arguments["lowest"], spec.arguments["highest"]
            return NumberField(float(lowest), float(highest), whole=True)
        case other:
            return rule_of(other)


def _rising_columns(spec: GradingSpec) -> tuple[str, ...]:
    """The upload's columns in the order in which their numbers rise, where the metric gives them one."""
    if spec.definition.rising is None:
        return ()
    levels = spec.arguments.get(spec.definition.rising, ())
    columns = spec.prediction_columns
    if isinstance(levels, tuple) and len(levels) == len(columns):
        columns = tuple(columns[place] for place in np.argsort(levels, kind="stable"))
        return columns if len({*levels}) == len(levels) else ()
    return columns


def _with_shapes(rule: WordRule, answers: Values) -> WordRule:
    """The rule with what the answers tell of each row: how many tokens it has, or pixels."""
    match rule:
        case TagsRule():
            return replace(rule, tokens=tokens_of(answers))
        case ClassMapRule():
            return replace(rule, pixels=map_pixels(answers))
        case _:
            return rule


def _accepted(public_texts: pa.StringArray, spec: GradingSpec) -> pa.StringArray:
    """The public answers, each by itself where several are accepted in one row."""
    separator = str(spec.arguments.get("separator", ""))
    try:
        fields = [accepted_texts(field, separator) for field in public_texts.to_pylist()] if separator else []
    except (ValueError, RecursionError):
        fields = []  # which the metric's need READABLE tells
    return arrow.texts([text for texts in fields for text in texts]) if fields else public_texts
