"""Two submissions on the same rows: how sure their difference is, and on which labels they disagree."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
import pyarrow as pa

from grader.metrics import Columns
from grader.metrics.fields import LABEL
from grader.scores.split_rows import Rows
from grader.scores.uncertainty import QUICK_METHODS, compare, method_of


@dataclass(frozen=True, slots=True)
class LabelDisagreement:
    """Rows of one true label on which exactly one of two submissions is right: the first, or the second."""

    label: str
    first: int
    second: int


def difference_error(first: Rows, second: Rows) -> float | None:
    """The standard error of the first's score less the second's, in the score's unit; None for unknown.

    first, second: the same rows with different predictions. As boards have it of one score: only where a
    formula gives it for about the price of a scoring.
    """
    if method_of(first) not in QUICK_METHODS:
        return None
    error = compare(first, second).standard_error
    return error if isfinite(error) else None


def has_labels(rows: Rows) -> bool:
    """Whether a row of this metric is one label, which is right or wrong."""
    metric = rows.metric
    return metric.columns is Columns.ONE and metric.answers == LABEL == metric.predictions


def disagreements(first: Rows, second: Rows, vocabulary: pa.StringArray) -> tuple[LabelDisagreement, ...]:
    """Where exactly one of two submissions is right, by the true label, the most such rows first.

    first, second: the same rows of a metric that `has_labels`. vocabulary: the label of each class number.
    Labels without such a row are left out.
    """
    truth = np.asarray(first.answers)
    right, other_right = (np.asarray(rows.predictions) == truth for rows in (first, second))
    size = len(vocabulary)
    counts = np.bincount(truth[right & ~other_right], minlength=size)
    other_counts = np.bincount(truth[other_right & ~right], minlength=size)
    order = np.argsort(-(counts + other_counts), kind="stable")
    return tuple(
        LabelDisagreement(vocabulary[int(each)].as_py(), int(counts[each]), int(other_counts[each]))
        for each in order
        if counts[each] + other_counts[each]
    )
