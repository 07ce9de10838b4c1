"""Which labels, items or tags a rule takes; the quick reader and the careful one both ask here."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.errors import Doubt
from grader.reading.layout import WHOLE, LabelRule, ListRule, TagsRule, WordRule

Mask = NDArray[np.bool_]


def unknown_words(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are not among those that staff declared, (n,)."""
    if not rule.allowed:
        return np.zeros(len(words), dtype=np.bool_)
    return ~arrow.numpy(pc.is_in(words, value_set=arrow.texts(rule.allowed)))


def not_whole(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are no whole numbers where all must be, (n,)."""
    if rule.allowed or isinstance(rule, TagsRule) or not rule.whole_numbers:
        return np.zeros(len(words), dtype=np.bool_)
    return ~arrow.numpy(pc.match_substring_regex(words, pattern=WHOLE))


def departing(words: pa.StringArray, rule: WordRule) -> Mask:
    """Which of these words are written in another way than the public ones, (n,)."""
    if rule.allowed or rule.notation is None:
        return np.zeros(len(words), dtype=np.bool_)
    return rule.notation.departs(words) & ~not_whole(words, rule)


def is_strange(words: pa.StringArray, rule: WordRule) -> bool:
    """Whether a file of these words, each once, has not a single one in common with the public rows."""
    return not rule.allowed and rule.notation is not None and rule.notation.is_strange(words)


def require_usual(words: pa.Array, rule: WordRule) -> None:
    """Raise Doubt where a word, each given once, may be one that the rule refuses.

    Of labels and items, only those are given that the key does not have: its own have been held to the rule.
    """
    texts = words.cast(pa.string())
    is_doubtful = arrow.is_empty(texts) | unknown_words(texts, rule) | not_whole(texts, rule)
    if (is_doubtful | departing(texts, rule)).any():
        raise Doubt("a word that the rule refuses")
    if isinstance(rule, TagsRule) and is_strange(texts, rule):
        raise Doubt("no tag of the public rows")


def require_known(
    words: pa.ChunkedArray, codes: NDArray[np.signedinteger], rule: LabelRule | ListRule
) -> None:
    """Raise Doubt where no label or item is one of the public rows; those have the first numbers."""
    if rule.allowed or rule.notation is None or len(codes) == 0:
        return
    if int(codes.min()) >= len(rule.notation.known) and is_strange(pc.unique(words.cast(pa.string())), rule):
        raise Doubt("no label of the public rows")
