"""Metrics of several labels a row, one column of 0 and 1 for each label."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import numpy as np

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.counting.label_counts import LabelCounts
from grader.metrics.fields import BIT
from grader.metrics.metric import Columns, Metric, Numbers, Parameter
from grader.metrics.several_labels.label_lists import BOTH_EMPTY


def _counts(answers: Numbers, predictions: Numbers, axis: int | None) -> LabelCounts[Any]:
    """The labels along an axis, or of all cells. Raises EmptySplit when there are no rows."""
    if len(answers) == 0:
        raise EmptySplit
    return LabelCounts(*(cells.sum(axis=axis) for cells in (answers * predictions, answers, predictions)))


def _f1(counts: LabelCounts[Numbers], empty: float) -> Numbers:
    shares, both = np.full(len(counts.hits), empty), counts.answers + counts.predictions
    np.divide(2.0 * counts.hits, both, out=shares, where=both > 0.0)
    return shares


def hamming_loss(answers: Numbers, predictions: Numbers) -> float:
    """The share of cells that are wrong; 0.0 is best, 1.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.hamming_loss.

    >>> hamming_loss(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float((answers != predictions).mean())


def f1_samples_columns(answers: Numbers, predictions: Numbers, *, both_empty: float) -> float:
    """F1 of each row's labels, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. both_empty: what a row scores that has no label
    in both. Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.f1_score(average="samples", zero_division=both_empty).

    >>> f1_samples_columns(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]), both_empty=1.0)
    0.6666666666666666
    """
    counts = _counts(answers, predictions, axis=1)
    return float(_f1(counts, both_empty).mean())


def jaccard_samples_columns(answers: Numbers, predictions: Numbers, *, both_empty: float) -> float:
    """The intersection over union of each row's labels, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. both_empty: what a row scores that has no label
    in both. Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.jaccard_score(average="samples", zero_division=both_empty).

    >>> jaccard_samples_columns(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]), both_empty=1.0)
    0.5
    """
    counts = _counts(answers, predictions, axis=1)
    shares = np.full(len(counts.hits), both_empty)
    either = counts.answers + counts.predictions - counts.hits
    np.divide(counts.hits, either, out=shares, where=either > 0.0)
    return float(shares.mean())


def exact_match_columns(answers: Numbers, predictions: Numbers) -> float:
    """The share of rows whose labels are all right; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.accuracy_score of a table.

    >>> exact_match_columns(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 1.0]]))
    0.5
    """
    if len(answers) == 0:
        raise EmptySplit
    return float((answers == predictions).all(axis=1).mean())


def f1_micro_columns(answers: Numbers, predictions: Numbers) -> float:
    """F1 of all cells together; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. 0.0 where there is no label at all.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.f1_score(average="micro").

    >>> f1_micro_columns(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))
    0.6666666666666666
    """
    counts = _counts(answers, predictions, axis=None)
    both = counts.answers + counts.predictions
    return float(2.0 * counts.hits / both) if both > 0.0 else 0.0


def f1_macro_columns(answers: Numbers, predictions: Numbers) -> float:
    """F1 of each column, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows, n_labels) of 0.0 and 1.0. A column without a 1 in both scores 0.0, as in
    scikit-learn. Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.f1_score(average="macro").

    >>> f1_macro_columns(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]))
    0.5
    """
    counts = _counts(answers, predictions, axis=0)
    return float(_f1(counts, 0.0).mean())


def _metric(
    function: Callable[..., float], summary: Text, edges: Text, *aliases: str, **more: Parameter
) -> Metric:
    return Metric(
        function=function,
        answers=BIT,
        predictions=BIT,
        columns=Columns.MANY,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=edges,
        aliases=aliases,
        parameters=MappingProxyType(more),
    )


EMPTY_ROWS = Message("a row without labels in both scores `both_empty`")
LABEL_COLUMNS: dict[str, Metric] = {
    "hamming_loss": Metric(
        function=hamming_loss,
        answers=BIT,
        predictions=BIT,
        columns=Columns.MANY,
        best=0.0,
        worst=1.0,
        summary=Message("share of the cells of all label columns that are wrong"),
        edges=Message("0 and 1 alone; a probability is refused"),
        aliases=("Hamming distance",),
    ),
    "f1_samples_columns": _metric(
        f1_samples_columns,
        Message("F1 of each row's label columns, averaged"),
        EMPTY_ROWS,
        "mean F1 of columns",
        both_empty=BOTH_EMPTY,
    ),
    "jaccard_samples_columns": _metric(
        jaccard_samples_columns,
        Message("intersection over union of each row's label columns, averaged"),
        EMPTY_ROWS,
        "Jaccard of columns",
        both_empty=BOTH_EMPTY,
    ),
    "exact_match_columns": _metric(
        exact_match_columns,
        Message("share of rows whose label columns are all right"),
        Message("a row of zeros may be right"),
        "subset accuracy of columns",
    ),
    "f1_micro_columns": _metric(
        f1_micro_columns,
        Message("F1 of the cells of all label columns"),
        Message("0 where there is no 1 at all"),
        "micro F1 of columns",
    ),
    "f1_macro_columns": _metric(
        f1_macro_columns,
        Message("F1 of each label column, averaged"),
        Message("a column without a 1 in both scores 0"),
        "macro F1 of columns",
    ),
}
