"""What a host should know of an answer key that may be used all the same."""

from collections.abc import Iterator
from math import sqrt

import numpy as np
import pyarrow.compute as pc

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.custom_answer_key import CustomAnswerKey
from grader.errors import Problem
from grader.metrics.fields import LabelField
from grader.reading.layout import LabelRule
from grader.reading.locations import count_of_rows

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
        problems += [*_missing_classes(key), *_odd_labels(key)]
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
