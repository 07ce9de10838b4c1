"""The labels, items, tags and classes of an answer key: are the hidden ones written as the public ones?"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Problem
from grader.messages import Message
from grader.metrics import Metric
from grader.metrics.fields import LABEL, BoxesField, ClassMapField, LabelField, ListField, TagsField
from grader.reading.careful import TextTable
from grader.reading.fields.layout import (
    WHOLE,
    BoxesRule,
    ClassMapRule,
    LabelRule,
    ListRule,
    TagsRule,
    WordRule,
    rule_of,
)
from grader.reading.fields.lists import Words
from grader.reading.fields.notation import ITEM_MARKS, LABEL_MARKS, Notation
from grader.reading.fields.word_problems import noun_of_words
from grader.reading.fields.word_rules import departing, not_whole, words_in
from grader.reading.locations import count_of_rows
from grader.spec import USAGE_COLUMN, GradingSpec

MIXED = {  # by the habit of the public rows, and by what the column holds
    "whole numbers": {
        "labels": Message(
            "The labels of all Public rows are whole numbers; some of the others are not, in {rows}."
        ),
        "items": Message(
            "The items of all Public rows are whole numbers; some of the others are not, in {rows}."
        ),
    },
    "one way": {
        "labels": Message(
            "The labels of all Public rows are written in one way; some of the others are not, in {rows}."
        ),
        "items": Message(
            "The items of all Public rows are written in one way; some of the others are not, in {rows}."
        ),
        "tags": Message(
            "The tags of all Public rows are written in one way; some of the others are not, in {rows}."
        ),
        "classes": Message(
            "The classes of all Public rows are written in one way; some of the others are not, in {rows}."
        ),
    },
}
WRITE_IN_ONE_WAY = {
    "labels": Message(
        "Write all labels in one way, or declare the allowed labels: labels in competition.toml."
    ),
    "items": Message("Write all items in one way, or declare the allowed items: labels in competition.toml."),
    "tags": Message("Write all tags in one way, or declare the allowed tags: labels in competition.toml."),
    "classes": Message(
        "Write all classes in one way, or declare the allowed classes: labels in competition.toml."
    ),
}


def words_of(targets: pa.StringArray, metric: Metric) -> pa.StringArray:
    """The labels of these rows, or the items, tags or classes of their fields one after another."""
    return words_with_rows(targets, metric).texts


def words_with_rows(targets: pa.StringArray, metric: Metric) -> Words:
    """As `words_of`, with the row of each."""
    rule = ListRule(arrow.NO_TEXTS) if has_lists(metric) else rule_of(metric.answers)
    return words_in(targets, rule if isinstance(rule, WordRule) else LabelRule(arrow.NO_TEXTS))


def has_lists(metric: Metric) -> bool:
    """Whether the key or the upload holds lists of items."""
    return isinstance(metric.answers, ListField) or isinstance(metric.predictions, ListField)


def word_rule(
    metric: Metric, public_words: pa.StringArray, *, labels: tuple[str, ...], vocabulary: pa.StringArray
) -> WordRule:
    """How a column of labels, items or tags must be written. public_words: they alone tell a spelling."""
    whole_numbers = len(public_words) > 0 and bool(
        pc.all(pc.match_substring_regex(public_words, pattern=WHOLE)).as_py()
    )
    match metric.predictions:
        case LabelField():
            return LabelRule(vocabulary, labels, whole_numbers, Notation.of(public_words, LABEL_MARKS))
        case TagsField():
            return TagsRule(None, labels, Notation.of(public_words, ITEM_MARKS))
        case BoxesField(confident=confident):
            return BoxesRule(confident, labels, Notation.of(public_words, ITEM_MARKS))
        case ClassMapField():
            return ClassMapRule(None, labels, Notation.of(public_words, ITEM_MARKS))
        case field:
            assert isinstance(field, ListField), "no other field holds words"
            return ListRule(vocabulary, labels, whole_numbers, Notation.of(public_words, ITEM_MARKS))


def word_problems(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    """Labels, items or tags of the hidden rows that are written in another way than all public ones.

    A file that has them right would be refused, by a rule that public rows alone make.
    """
    metric = spec.definition
    yield from _labels_of_several(table, spec)
    has_order = isinstance(metric.predictions, ListField) and metric.predictions.orders
    has_words = isinstance(
        metric.predictions, LabelField | ListField | TagsField | BoxesField | ClassMapField
    )
    if spec.labels or has_order or not has_words:
        return
    is_public = arrow.numpy(pc.equal(table.columns[USAGE_COLUMN], arrow.byte_string(b"Public")))
    targets = table.columns[spec.target_columns[0]].cast(pa.string())
    public_words = words_of(targets.filter(arrow.booleans(is_public)), metric)
    rule = word_rule(metric, public_words, labels=(), vocabulary=arrow.NO_TEXTS)
    hidden_words = pc.unique(words_of(targets.filter(arrow.booleans(~is_public)), metric))
    masks = {
        "whole numbers": not_whole(hidden_words, rule),
        "one way": departing(hidden_words, rule),
    }
    noun = noun_of_words(rule)
    for habit, mask in masks.items():
        if mask.any():
            odd = hidden_words.filter(arrow.booleans(mask))
            rows = np.flatnonzero(~is_public & _rows_with(targets, odd, metric))
            yield table.locations.problem(
                "mixed_labels",
                MIXED[habit][noun].filled(rows=count_of_rows(len(rows))),
                WRITE_IN_ONE_WAY[noun],
                rows,
                table.columns[spec.target_columns[0]],
            )
            return


def _labels_of_several(table: TextTable, spec: GradingSpec) -> Iterator[Problem]:
    """Labels with a blank, where uploads are lists: an item has none, so nothing could be right."""
    if spec.definition.answers != LABEL or not isinstance(spec.definition.predictions, ListField):
        return
    column = table.columns[spec.target_columns[0]]
    rows = np.flatnonzero(arrow.numpy(pc.match_substring(column, pattern=" ")))
    if len(rows):
        yield table.locations.problem(
            "blank_in_label",
            Message(
                "The label has a blank in {rows}; blanks part the items of an upload.",
                rows=count_of_rows(len(rows)),
            ),
            Message("Write a label without blanks, such as hot_dog, here and in the training data."),
            rows,
            column,
        )


def _rows_with(targets: pa.StringArray, words: pa.StringArray, metric: Metric) -> NDArray[np.bool_]:
    """Which rows have one of these words, (n,)."""
    all_words = words_with_rows(targets, metric)
    rows = all_words.rows[arrow.numpy(pc.is_in(all_words.texts, value_set=words))]
    return np.bincount(rows, minlength=len(targets)) > 0
