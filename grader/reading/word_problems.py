"""What is wrong with the labels, items or tags of a column, by what staff declared or by the public rows."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.reading.causes.labels import spelling_hint
from grader.reading.layout import LabelRule, WordRule
from grader.reading.list_fields import split_items
from grader.reading.locations import RowLocations, count_of_rows
from grader.reading.word_rules import departing, is_strange, not_whole, unknown_words

USE_THE_LABELS = "Use the labels of the training data; they are compared as text, exactly."
USE_THE_ITEMS = "Use the items of the training data; they are compared as text, exactly."
ONE_BLANK = "Separate items by one blank, without commas, brackets or quotes: df['{name}'].map(' '.join)."
REMEDIES = (  # for a label, by what it shows
    (
        r"""^b(['"]).*\1$""",
        "These are Python's bytes, written out: decode them, df['{name}'].str.decode('utf-8').",
    ),
    (
        r"""(?s)^[\[({"'].*[\])}"']$""",
        "Write the label itself, without brackets or quotes around it: of a list, its only item.",
    ),
    (r"^\s|\s$", "Remove the blanks around the label: df['{name}'].str.strip()."),
    (
        r"(?i)^(true|false|[+-]?[0-9.]+)$",
        "Labels are compared as text: True, true and 1 are three labels, and so are 1, 01 and 1.0. Write "
        "them as the training data do.",
    ),
    (r"", "Upper and lower case count, and so do quotes and blanks. " + USE_THE_LABELS),
)
NUMBERS_FOR_NAMES = (
    "Write the label itself, not its number or its probability: names[p.argmax(axis=1)], with the names in "
    "the order in which the model has them."
)
PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def word_problems(
    name: str, column: pa.BinaryArray, rule: WordRule, locations: RowLocations, is_filled: NDArray[np.bool_]
) -> Iterator[Problem]:
    """Every problem of a column of labels, items or tags. is_filled: which rows are judged."""
    words, word_rows = _words(column, rule, is_filled)
    encoded = words.dictionary_encode()
    texts, numbers = encoded.dictionary, arrow.numpy(encoded.indices)
    noun = "labels" if isinstance(rule, LabelRule) else "items"
    for code, mask, message in (
        ("unknown_label", unknown_words(texts, rule), f"has {noun} that this competition does not know"),
        ("not_a_whole_number", not_whole(texts, rule), f"must hold {noun} written as whole numbers; not so"),
        ("other_notation", departing(texts, rule), f"has {noun} in another notation than the training data"),
    ):
        rows = np.unique(word_rows[mask[numbers]])
        if len(rows):
            first = texts[int(np.flatnonzero(mask)[0])].as_py()
            yield locations.problem(
                code,
                f"Column '{name}' {message} in {count_of_rows(len(rows))}.",
                _hint(name, code, first, rule, texts.filter(arrow.booleans(mask))),
                rows,
                column,
            )
            return
    if is_strange(texts, rule):
        rows = np.unique(word_rows)
        yield locations.problem(
            "no_known_label",
            f"Column '{name}' has no {noun[:-1]} that this competition knows in any row.",
            probable_hint(name, texts) or _strange_hint(texts, rule),
            rows,
            column,
        )


def _words(
    column: pa.BinaryArray, rule: WordRule, is_filled: NDArray[np.bool_]
) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """The labels or items of all filled rows, one after another, and the row of each."""
    texts = column.cast(pa.string())
    if isinstance(rule, LabelRule):
        return texts.filter(arrow.booleans(is_filled)), np.flatnonzero(is_filled)
    items = split_items(pa.chunked_array([texts]))
    return items.flatten(), arrow.numpy(pc.list_parent_indices(items)).astype(np.int64)


def _hint(name: str, code: str, first: str, rule: WordRule, texts: pa.StringArray) -> str:
    if not isinstance(rule, LabelRule):
        if code == "not_a_whole_number":
            return (
                "'7.0' and '07' are not the item '7'; separate items by blanks, without commas or brackets."
            )
        has_marks = re.search(r"""[\[\](){}'",;|\s]""", first) is not None
        return ONE_BLANK.format(name=name) if has_marks else f"Upper and lower case count. {USE_THE_ITEMS}"
    probable = probable_hint(name, texts)
    if code == "unknown_label":
        return probable or USE_THE_LABELS
    if code == "not_a_whole_number":
        return probable or spelling_hint(name, texts.to_pylist()[:SHOWN])
    return next(hint for pattern, hint in REMEDIES if re.search(pattern, first)).format(name=name)


def _strange_hint(texts: pa.StringArray, rule: WordRule) -> str:
    if not isinstance(rule, LabelRule):
        return USE_THE_ITEMS
    known = () if rule.notation is None else rule.notation.known.to_pylist()
    if any(map(PLAIN_NUMBER.fullmatch, known)) or not all(map(PLAIN_NUMBER.fullmatch, texts.to_pylist())):
        return USE_THE_LABELS
    return NUMBERS_FOR_NAMES


def probable_hint(name: str, labels: pa.StringArray) -> str:
    """What to do when labels were wanted and these look like probabilities; empty when they do not."""
    texts = labels.to_pylist()
    if not texts or not all(map(PLAIN_NUMBER.fullmatch, texts)):
        return ""
    values = np.array(texts, dtype=np.float64)
    if not ((values >= 0.0) & (values <= 1.0)).all() or (values == np.floor(values)).all():
        return ""
    return (
        f"These look like probabilities; the label itself is wanted: df['{name}'] = (p > 0.5).astype(int), "
        "or p.argmax(axis=1) for several classes."
    )
