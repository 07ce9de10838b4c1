"""Which labels, items, tags or classes a rule takes; the quick reader and the careful one both ask here."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.metrics.several_labels.entities import OUTSIDE
from grader.reading.fields.layout import (
    WHOLE,
    BoxesRule,
    ClassMapRule,
    LabelRule,
    ListRule,
    TagsRule,
    WordRule,
)
from grader.reading.fields.lists import Words
from grader.reading.fields.text_slips import NEARLY_ALL

Mask = NDArray[np.bool_]
FEW = 3  # rows of a file from which on it shows a habit


def unknown_words(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are not among those that staff declared, (n,)."""
    if not rule.allowed:
        return np.zeros(len(words), dtype=np.bool_)
    return ~arrow.numpy(pc.is_in(words, value_set=arrow.texts(rule.allowed)))


def not_whole(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are no whole numbers where all must be, (n,)."""
    if rule.allowed or not isinstance(rule, LabelRule | ListRule) or not rule.whole_numbers:
        return np.zeros(len(words), dtype=np.bool_)
    return ~arrow.numpy(pc.match_substring_regex(words, pattern=WHOLE))


def departing(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are written in another way than the public ones, (n,)."""
    if rule.allowed or rule.notation is None:
        return np.zeros(len(words), dtype=np.bool_)
    return rule.notation.departs(words) & ~not_whole(words, rule)


def is_strange(words: pa.StringArray, rule: WordRule) -> bool:
    """Whether a file of these words, each once, has not a single one in common with the public rows.

    That a token is of no entity, "O", says nothing of how entities are tagged.
    """
    if rule.allowed or rule.notation is None:
        return False
    return rule.notation.is_strange(words, besides=OUTSIDE if isinstance(rule, TagsRule) else None)


def words_in(texts: pa.StringArray, rule: WordRule) -> Words:
    """The labels, items, tags or classes of a column of well-formed fields."""
    match rule:
        case LabelRule():
            return Words(texts, np.arange(len(texts)))
        case ListRule() | TagsRule():
            return Words.of(texts)
        case BoxesRule():
            return Words.of(texts, every=6 if rule.confident else 5)
        case ClassMapRule():
            words = Words.of(texts, every=2)
            plain = pc.replace_substring_regex(words.texts, pattern="^0+([0-9])", replacement=r"\1")
            return Words(plain, words.rows)


def rows_without_items(lists: pa.ListArray, rule: ListRule) -> Mask:
    """Which rows have no item, where nearly all have none and each public row has one; else no row, (n,)."""
    is_empty: Mask = arrow.numpy(pc.list_value_length(lists)) == 0
    is_slip = rule.has_items and len(is_empty) >= FEW and is_empty.mean() >= NEARLY_ALL
    return is_empty if is_slip else np.zeros(len(is_empty), dtype=np.bool_)


def require_usual(words: pa.Array, rule: WordRule) -> None:
    """Raise Doubt where a word, each given once, may be one that the rule refuses.

    Of labels and items, only those are given that the key does not have: its own have been held to the rule.
    """
    texts = words.cast(pa.string())
    is_doubtful = arrow.is_empty(texts) | unknown_words(texts, rule) | not_whole(texts, rule)
    if (is_doubtful | departing(texts, rule)).any():
        raise Doubt("a word that the rule refuses")
    if not isinstance(rule, LabelRule | ListRule) and is_strange(texts, rule):
        raise Doubt("no tag or class of the public rows")


def require_known(
    words: pa.ChunkedArray, codes: NDArray[np.signedinteger], rule: LabelRule | ListRule
) -> None:
    """Raise Doubt where no label or item is one of the public rows; those have the first numbers."""
    if rule.allowed or rule.notation is None or len(codes) == 0:
        return
    if int(codes.min()) >= len(rule.notation.known) and is_strange(pc.unique(words.cast(pa.string())), rule):
        raise Doubt("no label of the public rows")
