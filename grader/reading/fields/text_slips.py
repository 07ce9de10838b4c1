"""Columns of texts of which nearly every one is none: empty, nan, or a list as Python prints it.

Such a file would score about 0 without a word. Only the student's own rows and the public answers are asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from grader import arrow
from grader.messages import Message

NEARLY_ALL = 0.9  # of the rows, from which on a slip is one of the whole file


@dataclass(frozen=True, slots=True)
class TextSlip:
    """A form in which a text is none. message, hint: with {name}, {count} and {total} to be filled in."""

    code: str
    pattern: str
    message: Message
    hint: Message


SLIPS = (
    TextSlip(
        "no_text",
        r"^[\s\p{Z}]*$",
        Message("Column '{name}' has no text in {count:,} of {total:,} rows."),
        Message(
            "Write the text that your model gives; pandas writes NaN as nothing: df[df['{name}'].isna()]."
        ),
    ),
    TextSlip(
        "no_text",
        r"(?i)^[\s\p{Z}]*(nan|none|null|n/a|<na>)[\s\p{Z}]*$",
        Message(
            "Column '{name}' has a word for a missing value in place of a text in {count:,} of {total:,} "
            "rows."
        ),
        Message(
            "Write the text that your model gives; a merge, or a function without a return, may have lost it."
        ),
    ),
    TextSlip(
        "other_notation",
        r"""(?s)^[\s\p{Z}]*b('.*'|".*")[\s\p{Z}]*$""",
        Message("Column '{name}' has Python's bytes in place of a text in {count:,} of {total:,} rows."),
        Message("Decode them: df['{name}'].str.decode('utf-8')."),
    ),
    TextSlip(
        "other_notation",
        r"(?s)^[\s\p{Z}]*(tensor|array)?[\[({].*[\])}][\s\p{Z}]*$",
        Message(
            "Column '{name}' has a list as programs print it in place of a text in {count:,} of {total:,} "
            "rows."
        ),
        Message(
            "Write the text itself: df['{name}'].map(' '.join) for a list of words, df['{name}'].str[0] for "
            "a "
            "list of one text, tokenizer.batch_decode(ids, skip_special_tokens=True) for numbers of tokens."
        ),
    ),
    TextSlip(
        "numbers_for_text",
        r"^[\s0-9.,;+-]*[0-9][\s0-9.,;+-]*$",
        Message("Column '{name}' has numbers in place of a text in {count:,} of {total:,} rows."),
        Message(
            "Write the text that these numbers stand for: tokenizer.batch_decode(ids, "
            "skip_special_tokens=True) "
            "for tokens, names[number] for labels."
        ),
    ),
)


def slips_that_no_text_shows(texts: pa.StringArray) -> tuple[TextSlip, ...]:
    """The slips that would be none in these texts; none at all where there are no texts."""
    if len(texts) == 0:
        return ()
    return tuple(slip for slip in SLIPS if not rows_with(slip, texts).any())


def rows_with(slip: TextSlip, texts: pa.StringArray) -> NDArray[np.bool_]:
    """Which texts have this form, (n,)."""
    return arrow.numpy(pc.match_substring_regex(texts, pattern=slip.pattern))


def slip_of_file(slips: Sequence[TextSlip], texts: pa.StringArray) -> TextSlip | None:
    """The first slip that nearly all texts of a file show; None where there is none."""
    if len(texts) == 0:
        return None
    return next((slip for slip in slips if rows_with(slip, texts).mean() >= NEARLY_ALL), None)
