"""Texts may be so much longer than the answers, and no more: what a metric of texts costs grows with them.

One of sixty thousand characters in each row kept a processor busy for minutes, by a file of 90 kB.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from grader import arrow
from grader.errors import SHOWN, InvalidSubmission, Problem
from grader.messages import Message, counted
from grader.reading.locations import quote
from grader.reading.quick import FileColumns

ALWAYS = 1_000  # characters that any text may have
TIMES = 10  # as many as the longest public answer has


def longest_allowed(public_answers: pa.StringArray) -> int:
    """The characters that each text may have; private answers are not looked at, so that it tells nothing."""
    lengths = arrow.numpy(pc.utf8_length(public_answers))
    return max(ALWAYS, TIMES * int(lengths.max(initial=0)))


def require_short_texts(columns: FileColumns, public_answers: pa.StringArray) -> None:
    """Raise InvalidSubmission where a text is longer than `longest_allowed`, naming the first ids."""
    most = longest_allowed(public_answers)
    for texts in columns.values:
        if not isinstance(texts, pa.StringArray):
            continue
        rows = np.flatnonzero(arrow.numpy(pc.utf8_length(texts)) > most)
        if len(rows):
            raise InvalidSubmission((_problem(columns, rows[:SHOWN], count=len(rows), most=most),))


def _problem(columns: FileColumns, rows: np.ndarray, *, count: int, most: int) -> Problem:
    ids = columns.ids.take(arrow.integers(rows)).cast(pa.binary()).to_pylist()
    return Problem(
        "text_too_long",
        counted(
            "The text of {count:,} row has more than {most:,} characters; no more are read.",
            "The texts of {count:,} rows have more than {most:,} characters; no more are read.",
            count,
            most=most,
        ),
        Message("Cut what your model repeats, for instance by a largest number of new tokens."),
        count,
        examples=tuple(f"id {quote(each)}" for each in ids),
    )
