"""How labels, items and tags are written, and what departs from it: learnt from public rows or the sample.

A file of right answers in another notation, as ['cat'] or Cat for cat, would score 0 without a word. Nothing
here looks at a private row: a key whose hidden rows are written otherwise is refused when it comes in.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow

RECUR = 3  # times that a text stands in the public rows on average, from which on all are few known classes
PLAIN_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
# Blanks, brackets and quotes around a label; a text that has them on one side alone may mean them.
LABEL_MARKS = (r"^[\s\p{Z}]|[\s\p{Z}]$", r"(?s)^(\[.*\]|\(.*\)|\{.*\})$", r"""(?s)^b?('.*'|".*")$""")
# An item of a list that Python or JSON has written holds a bracket, a quote or a comma at one end; items are
# parted by plain blanks, so that one with another kind of blank in it was meant to be parted there.
ITEM_MARKS = (r"^[\[({]|[\])}]$", r"""^b?['"]|['"]$""", r"[,;|]", r"[\s\p{Z}]")
SPELLINGS = (  # what is undone, one after the other, before two texts are called one label
    (r"""^b(['"])""", r"\1"),
    (r"""^[\s\p{Z}\[({'"]+|[\s\p{Z}\])}'",;]+$""", ""),
    (r"^true$", "1"),
    (r"^false$", "0"),
    (r"^([+-]?[0-9]+)\.0*$", r"\1"),
    (r"^\+?0*([0-9])", r"\1"),
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Notation:
    """How the texts of a column are written.

    known: those of the public rows, or of the sample, each once. is_closed: they recur, so that they are
    classes, and a file without any of them is written in another way. marks: patterns that no known text has.
    spellings: the known texts without case, quotes and the like; none where the texts are answers of their
    own, since a refusal would then confirm a guess.
    """

    known: pa.StringArray
    is_closed: bool
    marks: tuple[str, ...]
    spellings: pa.StringArray

    @classmethod
    def of(cls, texts: pa.StringArray, marks: tuple[str, ...]) -> "Notation":
        """The notation of the public rows' labels, or of their items. marks: what none of them may show."""
        known = pc.unique(texts)
        is_closed = 0 < len(known) * RECUR <= len(texts)
        return cls(
            known, is_closed, _absent(marks, known), spellings_of(known) if is_closed else arrow.NO_TEXTS
        )

    @classmethod
    def of_sample(cls, texts: pa.StringArray, marks: tuple[str, ...]) -> "Notation":
        """The notation of sample_submission.csv, which does not show every label."""
        known = pc.unique(texts)
        return cls(known, False, _absent(marks, known), arrow.NO_TEXTS)

    def departs(self, texts: pa.StringArray) -> Mask:
        """Which texts, each of them unknown or known, are written in another way, (n,)."""
        mask = np.zeros(len(texts), dtype=np.bool_)
        for pattern in self.marks:
            mask |= arrow.numpy(pc.match_substring_regex(texts, pattern=pattern))
        if self.is_closed:
            mask |= arrow.numpy(pc.is_in(spellings_of(texts), value_set=self.spellings))
        mask &= ~arrow.numpy(pc.is_in(texts, value_set=self.known))
        return mask

    def is_strange(self, texts: pa.StringArray, *, besides: str | None = None) -> bool:
        """Whether a file with these texts, each once, knows none of the known, and is written in another way.

        besides: a text that every column has, and that tells nothing on either side.
        """
        known = self.known
        if besides is not None:
            texts, known = (each.filter(pc.not_equal(each, arrow.text(besides))) for each in (texts, known))
        if len(texts) == 0 or len(known) == 0 or pc.any(pc.is_in(texts, value_set=known)).as_py():
            return False
        return self.is_closed or (_all_numbers(texts) and not _any_number(known))


def _absent(patterns: tuple[str, ...], known: pa.StringArray) -> tuple[str, ...]:
    if len(known) == 0:
        return ()
    return tuple(
        pattern
        for pattern in patterns
        if not pc.any(pc.match_substring_regex(known, pattern=pattern)).as_py()
    )


def spellings_of(texts: pa.StringArray) -> pa.StringArray:
    """The texts without case, quotes, brackets and the blanks around them; numbers and truth in one spelling.

    >>> spellings_of(arrow.texts(["['Cat']", "1.0", "True"])).to_pylist()
    ['cat', '1', '1']
    """
    texts = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    for pattern, replacement in SPELLINGS:
        texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=replacement)
    return texts


def _all_numbers(texts: pa.StringArray) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern=PLAIN_NUMBER)).as_py())


def _any_number(texts: pa.StringArray) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern=PLAIN_NUMBER)).as_py())
