"""Metrics of several labels a row, written as a list; a repeated label counts once, the order does not."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.counting.hits import Counts, hits, sizes
from grader.metrics.counting.label_counts import LabelCounts
from grader.metrics.fields import ITEMS
from grader.metrics.lists import Lists
from grader.metrics.metric import Metric, Numbers, Parameter

Floats: TypeAlias = NDArray[np.floating[Any]]


def _counts_of_rows(answers: Lists, predictions: Lists) -> LabelCounts[Counts]:
    """The labels of each row. Raises EmptySplit when there are no rows."""
    if len(answers) == 0:
        raise EmptySplit
    hit_counts = np.bincount(hits(answers, predictions)[0], minlength=len(answers))
    return LabelCounts(hit_counts, sizes(answers), sizes(predictions))


def _counts_of_labels(answers: Lists, predictions: Lists) -> LabelCounts[Counts]:
    """The rows of each label that occurs. Raises EmptySplit when there are no rows."""
    if len(answers) == 0:
        raise EmptySplit
    most = int(max(answers.flat.max(initial=0), predictions.flat.max(initial=0))) + 1
    hit_counts = np.bincount(predictions.at(*hits(answers, predictions)), minlength=most)
    answer_counts, prediction_counts = (
        np.bincount(np.unique(side.row_numbers * most + side.flat) % most, minlength=most)
        for side in (answers, predictions)
    )
    occurs = answer_counts + prediction_counts > 0
    return LabelCounts(hit_counts[occurs], answer_counts[occurs], prediction_counts[occurs])


def _share(part: Floats, whole: Floats | Counts, both_empty: float) -> Numbers:
    shares: Numbers = np.divide(part, whole, out=np.full(len(part), both_empty), where=whole > 0)
    return shares


def f1_samples(answers: Lists, predictions: Lists, *, both_empty: float) -> float:
    """The F1 score of each row's labels, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. both_empty: what a row scores that has none on both sides.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.f1_score(average="samples", zero_division=both_empty).

    >>> round(f1_samples(Lists.of([[1, 2]]), Lists.of([[2]]), both_empty=1.0), 6)
    0.666667
    """
    return fbeta_samples(answers, predictions, beta=1.0, both_empty=both_empty)


def fbeta_samples(answers: Lists, predictions: Lists, *, beta: float, both_empty: float) -> float:
    """The F-beta score of each row's labels, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. both_empty: what a row scores that has none on both sides.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.fbeta_score(average="samples", zero_division=both_empty).

    >>> round(fbeta_samples(Lists.of([[1, 2]]), Lists.of([[2]]), beta=2.0, both_empty=1.0), 6)
    0.555556
    """
    counts = _counts_of_rows(answers, predictions)
    square = beta * beta
    return float(
        _share((1.0 + square) * counts.hits, square * counts.answers + counts.predictions, both_empty).mean()
    )


def jaccard_samples(answers: Lists, predictions: Lists, *, both_empty: float) -> float:
    """The intersection over union of each row's labels, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. both_empty: what a row scores that has none on both sides.
    Raises EmptySplit when n_rows is 0. Source: must equal
    sklearn.metrics.jaccard_score(average="samples", zero_division=both_empty).

    >>> jaccard_samples(Lists.of([[1, 2]]), Lists.of([[2]]), both_empty=1.0)
    0.5
    """
    counts = _counts_of_rows(answers, predictions)
    either = counts.answers + counts.predictions - counts.hits
    return float(_share(counts.hits * 1.0, either, both_empty).mean())


def exact_match_ratio(answers: Lists, predictions: Lists) -> float:
    """The share of rows whose set of labels is right; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.accuracy_score of the binarised labels.

    >>> exact_match_ratio(Lists.of([[1, 2], [3]]), Lists.of([[2, 1], [4]]))
    0.5
    """
    counts = _counts_of_rows(answers, predictions)
    return float(((counts.hits == counts.answers) & (counts.hits == counts.predictions)).mean())


def f1_micro_multilabel(answers: Lists, predictions: Lists) -> float:
    """The F1 score of all labels of all rows together; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. 0.0 where nothing is right. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.f1_score(average="micro") of the binarised labels.

    >>> f1_micro_multilabel(Lists.of([[1], [2]]), Lists.of([[1], [3]]))
    0.5
    """
    counts = _counts_of_rows(answers, predictions)
    hit_count, both = int(counts.hits.sum()), int(counts.answers.sum() + counts.predictions.sum())
    return 2.0 * hit_count / both if hit_count else 0.0


def f1_macro_multilabel(answers: Lists, predictions: Lists) -> float:
    """The F1 score of each label, averaged over those that are true or said; 1.0 is best, 0.0 worst.

    answers, predictions: labels of each row. Raises EmptySplit when n_rows is 0.
    Source: must equal sklearn.metrics.f1_score(average="macro") of the binarised labels that occur.

    >>> f1_macro_multilabel(Lists.of([[1], [2]]), Lists.of([[1], []]))
    0.5
    """
    counts = _counts_of_labels(answers, predictions)
    if not len(counts.hits):
        return 0.0
    return float((2.0 * counts.hits / (counts.answers + counts.predictions)).mean())


BOTH_EMPTY = Parameter(float, 1.0, Message("what a row scores that has no label on both sides"), 0.0, 1.0)


def _metric(
    function: Callable[..., float], summary: Text, *aliases: str, edges: Text, **more: Parameter
) -> Metric:
    return Metric(
        function=function,
        answers=ITEMS,
        predictions=ITEMS,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=edges,
        aliases=aliases,
        parameters=more,
    )


EMPTY_ROWS = Message("a row without labels on both sides scores `both_empty`")
SEVERAL_LABELS: dict[str, Metric] = {
    "f1_samples": _metric(
        f1_samples,
        Message("F1 of each row's labels, averaged"),
        "mean F1",
        "example-based F1",
        edges=EMPTY_ROWS,
        both_empty=BOTH_EMPTY,
    ),
    "fbeta_samples": _metric(
        fbeta_samples,
        Message("F-beta of each row's labels, averaged"),
        "mean F2",
        edges=EMPTY_ROWS,
        beta=Parameter(float, 2.0, Message("how many times recall weighs precision"), 0.01, 100.0),
        both_empty=BOTH_EMPTY,
    ),
    "jaccard_samples": _metric(
        jaccard_samples,
        Message("intersection over union of each row's labels, averaged"),
        edges=EMPTY_ROWS,
        both_empty=BOTH_EMPTY,
    ),
    "exact_match_ratio": _metric(
        exact_match_ratio,
        Message("share of rows whose set of labels is right"),
        "subset accuracy",
        edges=Message("no labels may be right"),
    ),
    "f1_micro_multilabel": _metric(
        f1_micro_multilabel,
        Message("F1 of all labels together"),
        "micro F1 of label lists",
        edges=Message("0 where nothing is right"),
    ),
    "f1_macro_multilabel": _metric(
        f1_macro_multilabel,
        Message("F1 of each label, averaged"),
        "macro F1 of label lists",
        edges=Message("an invented label counts 0; 0 where there is no label at all"),
    ),
}
