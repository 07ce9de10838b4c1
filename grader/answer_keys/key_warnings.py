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
from grader.reading.layout import BoxesRule, LabelRule, ListRule, TagsRule
from grader.reading.locations import count_of_rows, quote
from grader.reading.notation import ITEM_MARKS, LABEL_MARKS, spellings_of
from grader.reading.word_problems import noun_of_words

ODD_LABELS = (  # how labels look that a data frame has turned into something else
    (r"^-?[0-9]+\.[0-9]*$", "floats", "df['{name}'].astype(int), or round numbers that are no classes"),
    (r"^(True|False|true|false|TRUE|FALSE)$", "truth values", "df['{name}'].astype(int), for 1 and 0"),
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
    for split_name, rows in (("Public", key.public_rows), ("Private", key.private_rows)):
        if rows < FEW_ROWS:
            consequence = (
                f"Chance alone moves an accuracy there by {98 / sqrt(rows):.0f} points to either side, so"
            )
            if isinstance(key, CustomAnswerKey):  # what a row is worth, the metric alone knows
                consequence = "If the metric is a mean over rows, chance moves it much, and"
            yield Problem(
                "few_rows",
                f"The {split_name.lower()} split has {count_of_rows(rows)}. "
                f"{consequence} ranks will change at the reveal.",
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
                f"{missing:,} of {classes:,} classes have no row in the {split_name.lower()} split.",
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
    is_label = isinstance(rule, LabelRule)
    words = (
        rule.vocabulary
        if isinstance(rule, LabelRule | ListRule)
        else pc.unique(words_of(key.answers, key.metric))
    )
    noun, name = noun_of_words(rule), spec.target_columns[0]
    patterns = LABEL_MARKS if is_label else ITEM_MARKS
    odd = [pc.match_substring_regex(words, pattern=pattern) for pattern in patterns]
    marked = words.filter(reduce(pc.or_, odd))
    if len(marked):
        yield Problem(
            "marks_in_labels",
            f"{len(marked):,} {noun} have blanks, brackets, quotes or commas around them: "
            f"{_example(marked)}.",
            f"Write the {noun} themselves{'' if is_label else ', parted by one blank'}: "
            + (f"df['{name}'].str.strip()." if is_label else f"df['{name}'].map(' '.join)."),
            len(marked),
        )
    is_closed = rule.notation is not None and rule.notation.is_closed
    counts = pc.value_counts(spellings_of(words))
    doubled = counts.field(0).filter(pc.greater(counts.field(1), arrow.integers(np.ones(1, np.int64))[0]))
    if is_closed and len(doubled):
        alike = words.filter(pc.equal(spellings_of(words), doubled[0]))
        yield Problem(
            "similar_labels",
            f"Some {noun} differ in case, blanks or quotes alone: {_example(alike)}.",
            f"Write each in one way; if they are meant to differ, declare the {noun}: labels in "
            "competition.toml.",
            len(doubled),
        )


def _example(words: pa.StringArray) -> str:
    return ", ".join(quote(word.encode()) for word in words.slice(0, 2).to_pylist())
