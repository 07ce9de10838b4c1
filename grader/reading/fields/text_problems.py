"""What is wrong with a column of texts as a whole."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from grader.errors import Problem
from grader.reading.fields.layout import TextRule
from grader.reading.fields.text_slips import rows_with, slip_of_file
from grader.reading.locations import RowLocations


def text_problems(
    name: str, column: pa.BinaryArray, rule: TextRule, locations: RowLocations
) -> Iterator[Problem]:
    """The form in which nearly all texts stand where no public answer does, and which is no text."""
    texts = column.cast(pa.string())
    slip = slip_of_file(rule.slips, texts)
    if slip is None:
        return
    rows = np.flatnonzero(rows_with(slip, texts))
    yield locations.problem(
        slip.code,
        slip.message.filled(name=name, count=len(rows), total=len(texts)),
        slip.hint.filled(name=name),
        rows,
        column,
    )
