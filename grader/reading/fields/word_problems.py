"""What is wrong with labels, items, tags or classes, by what staff declared or by the public rows."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader import arrow
from grader.errors import SHOWN, Problem
from grader.messages import Message, Text
from grader.reading.causes.labels import notation_hint, spelling_hint
from grader.reading.fields.layout import BoxesRule, ClassMapRule, LabelRule, ListRule, TagsRule, WordRule
from grader.reading.fields.lists import split_items
from grader.reading.fields.notation import spellings_of
from grader.reading.fields.word_rules import (
    departing,
    is_strange,
    not_whole,
    rows_without_items,
    unknown_words,
    words_in,
)
from grader.reading.locations import RowLocations, count_of_rows

USE_THE_LABELS = Message("Use the labels of the training data; they are compared as text, exactly.")
MESSAGES_OF = {  # by what the column holds and the problem's code
    "labels": {
        "unknown_label": Message("Column '{name}' has labels that this competition does not know in {rows}."),
        "not_a_whole_number": Message(
            "Column '{name}' must hold labels written as whole numbers; not so in {rows}."
        ),
        "other_notation": Message(
            "Column '{name}' has labels in another notation than the training data in {rows}."
        ),
        "no_known_label": Message("Column '{name}' has no label that this competition knows in any row."),
    },
    "items": {
        "unknown_label": Message("Column '{name}' has items that this competition does not know in {rows}."),
        "not_a_whole_number": Message(
            "Column '{name}' must hold items written as whole numbers; not so in {rows}."
        ),
        "other_notation": Message(
            "Column '{name}' has items in another notation than the training data in {rows}."
        ),
        "no_known_label": Message("Column '{name}' has no item that this competition knows in any row."),
    },
    "tags": {
        "unknown_label": Message("Column '{name}' has tags that this competition does not know in {rows}."),
        "other_notation": Message(
            "Column '{name}' has tags in another notation than the training data in {rows}."
        ),
        "no_known_label": Message("Column '{name}' has no tag that this competition knows in any row."),
    },
    "classes": {
        "unknown_label": Message(
            "Column '{name}' has classes that this competition does not know in {rows}."
        ),
        "other_notation": Message(
            "Column '{name}' has classes in another notation than the training data in {rows}."
        ),
        "no_known_label": Message("Column '{name}' has no class that this competition knows in any row."),
    },
}
USE_THE_WORDS = {
    "items": Message("Use the items of the training data; they are compared as text, exactly."),
    "tags": Message(
        "Use the tags of the training data, with B- and I- before the type where it has them; they are "
        "compared as text, exactly."
    ),
    "classes": Message(
        "Use the classes of the training data, names or numbers as they stand there: a model's own "
        "numbers may count from another one, or be those of the data that it was trained on before."
    ),
}
CASE_COUNTS = {
    "items": Message(
        "Upper and lower case count. Use the items of the training data; they are compared as text, exactly."
    ),
    "tags": Message(
        "Upper and lower case count. Use the tags of the training data; they are compared as text, exactly."
    ),
    "classes": Message(
        "Upper and lower case count. Use the classes of the training data; they are compared as text, "
        "exactly."
    ),
}
WHOLE_ITEMS = Message(
    "'7.0' and '07' are not the item '7'; separate items by blanks, without commas or brackets."
)
WRITTEN_OTHERWISE = Message(
    "'{written}' is not '{meant}': they are compared as text, exactly. Write them as the training data do."
)
NO_ITEMS = Message("Column '{name}' has no item in {count:,} of {total:,} rows.")
WRITE_ITEMS = Message(
    "Write the items of each row, parted by blanks; pandas writes NaN as nothing: df[df['{name}'].isna()]."
)
PARTED_BY_BLANKS = {
    "items": Message(
        "Separate items by one blank, without commas, brackets or quotes: df['{name}'].map(' '.join)."
    ),
    "tags": Message(
        "Separate tags by one blank, without commas, brackets or quotes: df['{name}'].map(' '.join)."
    ),
    "classes": Message(
        "Write each class as in the training data, without commas, brackets or quotes around it."
    ),
}
NUMBERS_FOR_NAMES = Message(
    "Write the label itself, not its number or its probability: names[p.argmax(axis=1)], with the names in "
    "the order in which the model has them."
)
PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def word_problems(
    name: str, column: pa.BinaryArray, rule: WordRule, locations: RowLocations, is_filled: NDArray[np.bool_]
) -> Iterator[Problem]:
    """Every problem of a column of well-formed fields of words. is_filled: which rows are judged."""
    filled = np.flatnonzero(is_filled)
    words = words_in(column.cast(pa.string()).filter(arrow.booleans(is_filled)), rule)
    word_rows = filled[words.rows]
    encoded = words.texts.dictionary_encode()
    texts, numbers = encoded.dictionary, arrow.numpy(encoded.indices)
    messages = MESSAGES_OF[noun_of_words(rule)]
    for code, mask in (
        ("unknown_label", unknown_words(texts, rule)),
        ("not_a_whole_number", not_whole(texts, rule)),
        ("other_notation", departing(texts, rule)),
    ):
        rows = np.unique(word_rows[mask[numbers]])
        if len(rows):
            first = texts[int(np.flatnonzero(mask)[0])].as_py()
            yield locations.problem(
                code,
                messages[code].filled(name=name, rows=count_of_rows(len(rows))),
                _hint(name, code, first, rule, texts.filter(arrow.booleans(mask))),
                rows,
                column,
            )
            return
    if isinstance(rule, ListRule):
        lists = split_items(pa.chunked_array([column.cast(pa.string())]))
        if len(rows := np.flatnonzero(rows_without_items(lists, rule))):
            message = NO_ITEMS.filled(name=name, count=len(rows), total=len(column))
            yield locations.problem("no_items", message, WRITE_ITEMS.filled(name=name), rows, column)
            return
    if is_strange(texts, rule):
        yield locations.problem(
            "no_known_label",
            messages["no_known_label"].filled(name=name),
            probable_hint(name, texts) or _strange_hint(texts, rule),
            np.unique(word_rows),
            column,
        )


def noun_of_words(rule: WordRule) -> str:
    """What a column of this rule holds, in the plural."""
    match rule:
        case LabelRule():
            return "labels"
        case ListRule():
            return "items"
        case TagsRule():
            return "tags"
        case BoxesRule() | ClassMapRule():
            return "classes"


def _hint(name: str, code: str, first: str, rule: WordRule, texts: pa.StringArray) -> Text:
    if code == "not_a_whole_number":
        if not isinstance(rule, LabelRule):
            return WHOLE_ITEMS
        return probable_hint(name, texts) or spelling_hint(name, texts.to_pylist()[:SHOWN])
    written, meant = _known_as(texts, rule) or (first, None)
    if not isinstance(rule, LabelRule):
        return _hint_of_several(name, written, meant, rule)
    if code == "unknown_label" and meant is None:
        return probable_hint(name, texts) or _strange_hint(texts, rule)
    return notation_hint(name, written, meant)


def _hint_of_several(name: str, written: str, meant: str | None, rule: WordRule) -> Text:
    noun = noun_of_words(rule)
    if re.search(r"""[\[\](){}'",;|\s]""", written) is not None:
        return PARTED_BY_BLANKS[noun].filled(name=name)
    if meant is not None and PLAIN_NUMBER.fullmatch(meant):
        return WRITTEN_OTHERWISE.filled(written=written, meant=meant)
    return CASE_COUNTS[noun]


def _known_as(texts: pa.StringArray, rule: WordRule) -> tuple[str, str] | None:
    """The first of these refused texts that is a known one in another notation, and that known one.

    Known are the declared texts, or else those of public rows, where these are few classes.
    """
    known = arrow.texts(rule.allowed)
    if not rule.allowed and rule.notation is not None and rule.notation.is_closed:
        known = rule.notation.known
    meant = dict(zip(spellings_of(known).to_pylist(), known.to_pylist(), strict=True))
    for written, spelling in zip(texts.to_pylist(), spellings_of(texts).to_pylist(), strict=True):
        if spelling in meant:
            return written, meant[spelling]
    return None


def _strange_hint(texts: pa.StringArray, rule: WordRule) -> Text:
    if not isinstance(rule, LabelRule):
        return USE_THE_WORDS[noun_of_words(rule)]
    known = list(rule.allowed)
    if not known and rule.notation is not None:
        known = rule.notation.known.to_pylist()
    if any(map(PLAIN_NUMBER.fullmatch, known)) or not all(map(PLAIN_NUMBER.fullmatch, texts.to_pylist())):
        return USE_THE_LABELS
    return NUMBERS_FOR_NAMES


def probable_hint(name: str, labels: pa.StringArray) -> Text | None:
    """What to do when labels were wanted and these look like probabilities; None when they do not."""
    texts = labels.to_pylist()
    if not texts or not all(map(PLAIN_NUMBER.fullmatch, texts)):
        return None
    values = np.array(texts, dtype=np.float64)
    if not ((values >= 0.0) & (values <= 1.0)).all() or (values == np.floor(values)).all():
        return None
    return Message(
        "These look like probabilities; the label itself is wanted: df['{name}'] = (p > 0.5).astype(int), "
        "or p.argmax(axis=1) for several classes.",
        name=name,
    )
