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
from grader.metrics.fields import LabelField
from grader.reading.fields.layout import BoxesRule, LabelRule, ListRule, TagsRule
from grader.reading.fields.notation import ITEM_MARKS, LABEL_MARKS, spellings_of
from grader.reading.fields.word_problems import noun_of_words
from grader.reading.locations import by_count, count_of_rows, quote

ODD_LABELS = (  # how labels look that a data frame has turned into something else
    (r"^-?[0-9]+\.[0-9]*$", "floats", "df['{name}'].astype(int), or round numbers that are no classes"),
    (r"^(True|False|true|false|TRUE|FALSE)$", "truth values", "df['{name}'].astype(int), for 1 and 0"),
)
MARKED = {  # one, and several, by what the column holds
    "labels": (
        "{count:,} label has blanks, brackets, quotes or commas around it: {examples}.",
        "{count:,} labels have blanks, brackets, quotes or commas around them: {examples}.",
    ),
    "items": (
        "{count:,} item has blanks, brackets, quotes or commas around it: {examples}.",
        "{count:,} items have blanks, brackets, quotes or commas around them: {examples}.",
    ),
    "tags": (
        "{count:,} tag has blanks, brackets, quotes or commas around it: {examples}.",
        "{count:,} tags have blanks, brackets, quotes or commas around them: {examples}.",
    ),
    "classes": (
        "{count:,} class has blanks, brackets, quotes or commas around it: {examples}.",
        "{count:,} classes have blanks, brackets, quotes or commas around them: {examples}.",
    ),
}
WRITE_PLAIN = {
    "labels": "Write the labels themselves: df['{name}'].str.strip().",
    "items": "Write the items themselves, parted by one blank: df['{name}'].map(' '.join).",
    "tags": "Write the tags themselves, parted by one blank: df['{name}'].map(' '.join).",
    "classes": "Write the classes themselves, before the numbers of each box.",
}
SIMILAR = {
    "labels": "Some labels differ in case, blanks or quotes alone: {examples}.",
    "items": "Some items differ in case, blanks or quotes alone: {examples}.",
    "tags": "Some tags differ in case, blanks or quotes alone: {examples}.",
    "classes": "Some classes differ in case, blanks or quotes alone: {examples}.",
}
NO_ROW_OF_CLASS = {
    "Public": (
        "{count:,} of {classes:,} classes has no row in the public split.",
        "{count:,} of {classes:,} classes have no row in the public split.",
    ),
    "Private": (
        "{count:,} of {classes:,} classes has no row in the private split.",
        "{count:,} of {classes:,} classes have no row in the private split.",
    ),
}
FEW_ROWS_OF_A_CLASS = 3  # rows of each on average, below which different labels are no classes
FEW_ROWS = 200  # of a split, below which chance moves an accuracy by seven points to either side


def key_warnings(key: AnswerKey | CustomAnswerKey) -> list[Problem]:
    """What is doubtful in the key, in the words of a problem; empty when nothing is."""
    problems = [*key.accepted_leaks, *_small_splits(key)]
    if isinstance(key, AnswerKey):
        problems += [*_missing_classes(key), *_odd_labels(key), *_odd_notation(key)]
    return problems


def _small_splits(key: AnswerKey | CustomAnswerKey) -> Iterator[Problem]:
    for split_name, rows in (("Public", key.public_rows), ("Private", key.private_rows)):
        if rows < FEW_ROWS:
            message = (
                "The {split} split has {rows}. Chance alone moves an accuracy there by {points:.0f} points "
                "to either side, so ranks will change at the reveal."
            )
            if isinstance(key, CustomAnswerKey):  # what a row is worth, the metric alone knows
                message = (
                    "The {split} split has {rows}. If the metric is a mean over rows, chance moves it much, "
                    "and ranks will change at the reveal."
                )
            yield Problem(
                "few_rows",
                message.format(split=split_name.lower(), rows=count_of_rows(rows), points=98 / sqrt(rows)),
                f"Give each split {FEW_ROWS} rows or more, better 1,000.",
                rows,
            )


def _missing_classes(key: AnswerKey) -> Iterator[Problem]:
    if not isinstance(key.metric.answers, LabelField):
        return
    labels = np.asarray(key.answers)
    classes = len(np.unique(labels))
    if classes * FEW_ROWS_OF_A_CLASS > len(labels):
        return  # answers of their own, like the words of a text, and no classes
    for split_name, split in (("Public", key.public), ("Private", key.private)):
        missing = classes - len(np.unique(labels[split]))
        if missing:
            yield Problem(
                "classes_missing",
                by_count(missing, *NO_ROW_OF_CLASS[split_name]).format(count=missing, classes=classes),
                "Split again, stratified by class; a class that one board never sees surprises on the other.",
                missing,
            )


def _odd_labels(key: AnswerKey) -> Iterator[Problem]:
    """Labels that students will write otherwise: 0.0 for 0, as pandas does beside a gap, or True for 1."""
    rule = key.layout.rules[0]
    if not isinstance(rule, LabelRule) or not isinstance(key.metric.answers, LabelField):
        return
    name = key.spec.target_columns[0]
    for pattern, noun, remedy in ODD_LABELS:
        if (
            len(rule.vocabulary)
            and pc.all(pc.match_substring_regex(rule.vocabulary, pattern=pattern)).as_py()
        ):
            example = rule.vocabulary[0].as_py()
            yield Problem(
                "odd_labels",
                f"All labels are written as {noun}, such as '{example}'. Labels are compared as text, so a "
                "file that writes them otherwise is refused.",
                f"Write them as students will: {remedy.format(name=name)}. Or show them so in the sample.",
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
            by_count(len(marked), *MARKED[noun]).format(count=len(marked), examples=_example(marked)),
            WRITE_PLAIN[noun].format(name=name),
            len(marked),
        )
    is_closed = rule.notation is not None and rule.notation.is_closed
    counts = pc.value_counts(spellings_of(words))
    doubled = counts.field(0).filter(pc.greater(counts.field(1), arrow.integers(np.ones(1, np.int64))[0]))
    if is_closed and len(doubled):
        alike = words.filter(pc.equal(spellings_of(words), doubled[0]))
        yield Problem(
            "similar_labels",
            SIMILAR[noun].format(examples=_example(alike)),
            "Write each in one way; if they are meant to differ, declare all: labels in competition.toml.",
            len(doubled),
        )


def _example(words: pa.StringArray) -> str:
    return ", ".join(quote(word.encode()) for word in words.slice(0, 2).to_pylist())
