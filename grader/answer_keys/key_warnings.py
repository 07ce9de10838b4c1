"""What a host should know of an answer key that may be used all the same."""

from collections.abc import Iterator
from functools import reduce
from math import sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader import arrow
from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.custom_answer_key import CustomAnswerKey
from grader.answer_keys.words import words_of
from grader.errors import Problem
from grader.messages import Message, Text, counted
from grader.metrics.fields import LabelField
from grader.reading.fields.layout import BoxesRule, LabelRule, ListRule, TagsRule
from grader.reading.fields.notation import ITEM_MARKS, LABEL_MARKS, spellings_of
from grader.reading.fields.word_problems import noun_of_words
from grader.reading.locations import count_of_rows, quote

ODD_LABELS = (  # how labels look that a data frame has turned into something else
    (
        r"^-?[0-9]+\.[0-9]*$",
        Message(
            "All labels are written as floats, such as '{example}'. Labels are compared as text, so a file "
            "that writes them otherwise is refused."
        ),
        Message(
            "Write them as students will: df['{name}'].astype(int), or round numbers that are no classes. Or "
            "show them so in the sample."
        ),
    ),
    (
        r"^(True|False|true|false|TRUE|FALSE)$",
        Message(
            "All labels are written as truth values, such as '{example}'. Labels are compared as text, so a "
            "file that writes them otherwise is refused."
        ),
        Message(
            "Write them as students will: df['{name}'].astype(int), for 1 and 0. Or show them so in the "
            "sample."
        ),
    ),
)
WRITE_PLAIN = {
    "labels": Message("Write the labels themselves: df['{name}'].str.strip()."),
    "items": Message("Write the items themselves, parted by one blank: df['{name}'].map(' '.join)."),
    "tags": Message("Write the tags themselves, parted by one blank: df['{name}'].map(' '.join)."),
    "classes": Message("Write the classes themselves, before the numbers of each box."),
}
SIMILAR = {
    "labels": Message("Some labels differ in case, blanks or quotes alone: {examples}."),
    "items": Message("Some items differ in case, blanks or quotes alone: {examples}."),
    "tags": Message("Some tags differ in case, blanks or quotes alone: {examples}."),
    "classes": Message("Some classes differ in case, blanks or quotes alone: {examples}."),
}
FEW_PUBLIC_ROWS = (  # of a metric of the catalogue, and of one whose rows are worth nobody knows what
    Message(
        "The public split has {rows}. Chance alone moves an accuracy there by {points:.0f} points to either "
        "side, so ranks will change at the reveal."
    ),
    Message(
        "The public split has {rows}. If the metric is a mean over rows, chance moves it much, and ranks "
        "will "
        "change at the reveal."
    ),
)
FEW_PRIVATE_ROWS = (
    Message(
        "The private split has {rows}. Chance alone moves an accuracy there by {points:.0f} points to either "
        "side, so ranks will change at the reveal."
    ),
    Message(
        "The private split has {rows}. If the metric is a mean over rows, chance moves it much, and ranks "
        "will change at the reveal."
    ),
)
FEW_ROWS_OF_A_CLASS = 3  # rows of each on average, below which different labels are no classes
FEW_ROWS = 200  # of a split, below which chance moves an accuracy by seven points to either side


def key_warnings(key: AnswerKey | CustomAnswerKey) -> list[Problem]:
    """What is doubtful in the key, in the words of a problem; empty when nothing is."""
    problems = [*key.accepted_leaks, *_small_splits(key)]
    if isinstance(key, AnswerKey):
        problems += [*_missing_classes(key), *_odd_labels(key), *_odd_notation(key)]
    return problems


def _small_splits(key: AnswerKey | CustomAnswerKey) -> Iterator[Problem]:
    for messages, rows in ((FEW_PUBLIC_ROWS, key.public_rows), (FEW_PRIVATE_ROWS, key.private_rows)):
        if rows < FEW_ROWS:
            usual, of_custom = messages
            message = of_custom if isinstance(key, CustomAnswerKey) else usual
            yield Problem(
                "few_rows",
                message.filled(rows=count_of_rows(rows), points=98 / sqrt(rows)),
                Message("Give each split {most} rows or more, better 1,000.", most=FEW_ROWS),
                rows,
            )


def _missing_classes(key: AnswerKey) -> Iterator[Problem]:
    if not isinstance(key.metric.answers, LabelField):
        return
    labels = np.asarray(key.answers)
    classes = len(np.unique(labels))
    if classes * FEW_ROWS_OF_A_CLASS > len(labels):
        return  # answers of their own, like the words of a text, and no classes
    for no_row, split in ((_no_public_row, key.public), (_no_private_row, key.private)):
        missing = classes - len(np.unique(labels[split]))
        if missing:
            yield Problem(
                "classes_missing",
                no_row(missing, classes),
                Message(
                    "Split again, stratified by class; a class that one board never sees surprises on the "
                    "other."
                ),
                missing,
            )


def _no_public_row(missing: int, classes: int) -> Text:
    return counted(
        "{count:,} of {classes:,} classes has no row in the public split.",
        "{count:,} of {classes:,} classes have no row in the public split.",
        missing,
        classes=classes,
    )


def _no_private_row(missing: int, classes: int) -> Text:
    return counted(
        "{count:,} of {classes:,} classes has no row in the private split.",
        "{count:,} of {classes:,} classes have no row in the private split.",
        missing,
        classes=classes,
    )


def _odd_labels(key: AnswerKey) -> Iterator[Problem]:
    """Labels that students will write otherwise: 0.0 for 0, as pandas does beside a gap, or True for 1."""
    rule = key.layout.rules[0]
    if not isinstance(rule, LabelRule) or not isinstance(key.metric.answers, LabelField):
        return
    name = key.spec.target_columns[0]
    for pattern, message, remedy in ODD_LABELS:
        if (
            len(rule.vocabulary)
            and pc.all(pc.match_substring_regex(rule.vocabulary, pattern=pattern)).as_py()
        ):
            example = rule.vocabulary[0].as_py()
            yield Problem(
                "odd_labels",
                message.filled(example=example),
                remedy.filled(name=name),
                len(rule.vocabulary),
            )


def _odd_notation(key: AnswerKey) -> Iterator[Problem]:
    """Labels or items in the quotes and brackets of Python, and two that are one but for their notation."""
    rule, spec = key.layout.rules[0], key.spec
    if spec.labels or not isinstance(rule, LabelRule | ListRule | TagsRule | BoxesRule):
        return
    words = (
        rule.vocabulary
        if isinstance(rule, LabelRule | ListRule)
        else pc.unique(words_of(key.answers, key.metric))
    )
    noun, name = noun_of_words(rule), spec.target_columns[0]
    patterns = LABEL_MARKS if isinstance(rule, LabelRule) else ITEM_MARKS
    odd = [pc.match_substring_regex(words, pattern=pattern) for pattern in patterns]
    marked = words.filter(reduce(pc.or_, odd))
    if len(marked):
        yield Problem(
            "marks_in_labels",
            _marked(noun, len(marked), _example(marked)),
            WRITE_PLAIN[noun].filled(name=name),
            len(marked),
        )
    is_closed = rule.notation is not None and rule.notation.is_closed
    counts = pc.value_counts(spellings_of(words))
    doubled = counts.field(0).filter(pc.greater(counts.field(1), arrow.integers(np.ones(1, np.int64))[0]))
    if is_closed and len(doubled):
        alike = words.filter(pc.equal(spellings_of(words), doubled[0]))
        yield Problem(
            "similar_labels",
            SIMILAR[noun].filled(examples=_example(alike)),
            Message(
                "Write each in one way; if they are meant to differ, declare all: labels in competition.toml."
            ),
            len(doubled),
        )


def _marked(noun: str, count: int, examples: str) -> Text:
    """What is said of so many labels, items, tags or classes with marks around them."""
    match noun:
        case "labels":
            return counted(
                "{count:,} label has blanks, brackets, quotes or commas around it: {examples}.",
                "{count:,} labels have blanks, brackets, quotes or commas around them: {examples}.",
                count,
                examples=examples,
            )
        case "items":
            return counted(
                "{count:,} item has blanks, brackets, quotes or commas around it: {examples}.",
                "{count:,} items have blanks, brackets, quotes or commas around them: {examples}.",
                count,
                examples=examples,
            )
        case "tags":
            return counted(
                "{count:,} tag has blanks, brackets, quotes or commas around it: {examples}.",
                "{count:,} tags have blanks, brackets, quotes or commas around them: {examples}.",
                count,
                examples=examples,
            )
        case _:
            return counted(
                "{count:,} class has blanks, brackets, quotes or commas around it: {examples}.",
                "{count:,} classes have blanks, brackets, quotes or commas around them: {examples}.",
                count,
                examples=examples,
            )


def _example(words: pa.StringArray) -> str:
    return ", ".join(quote(word.encode()) for word in words.slice(0, 2).to_pylist())
