"""What a host should know of an answer key that may be used all the same."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from grader.answer_keys.answer_key import AnswerKey
from grader.answer_keys.custom_answer_key import CustomKey
from grader.errors import Problem
from grader.metrics.fields import LabelField
from grader.reading.locations import rows_of

FEW_OF_A_CLASS = 3  # rows of each on average, below which different labels are no classes
FEW_ROWS = 200  # of a split, below which chance moves an accuracy by seven points to either side


def key_warnings(key: AnswerKey | CustomKey) -> list[Problem]:
    """What is doubtful in the key, in the words of a problem; empty when nothing is."""
    found = [*_small_splits(key)]
    if isinstance(key, AnswerKey):
        found += _missing_classes(key)
    return found


def _small_splits(key: AnswerKey | CustomKey) -> Iterator[Problem]:
    for word, rows in (("Public", key.public_rows), ("Private", key.private_rows)):
        if rows < FEW_ROWS:
            moved = f"Chance alone moves an accuracy there by {98 / sqrt(rows):.0f} points to either side, so"
            if isinstance(key, CustomKey):  # what a row is worth, the metric alone knows
                moved = "If the metric is a mean over rows, chance moves it much, and"
            yield Problem(
                "few_rows",
                f"The {word.lower()} split has {rows_of(rows)}. {moved} ranks will change at the reveal.",
                f"Give each split {FEW_ROWS} rows or more, better 1,000.",
                rows,
            )


def _missing_classes(key: AnswerKey) -> Iterator[Problem]:
    if not isinstance(key.metric.answers, LabelField):
        return
    labels = np.asarray(key.answers)
    classes = len(np.unique(labels))
    if classes * FEW_OF_A_CLASS > len(labels):
        return  # answers of their own, like the words of a text, and no classes
    for word, split in (("Public", key.public), ("Private", key.private)):
        missing = classes - len(np.unique(labels[split]))
        if missing:
            yield Problem(
                "classes_missing",
                f"{missing:,} of {classes:,} classes have no row in the {word.lower()} split.",
                "Split again, stratified by class; a class that one board never sees surprises on the other.",
                missing,
            )
