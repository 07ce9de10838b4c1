"""Metrics of masks, which are runs of pixels, without ever unpacking a pixel.

Only numbers of pixels count, so it does not matter whether an image is numbered by rows or by columns, as
long as the key and the upload agree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.messages import Message, Text
from grader.metrics.fields import RUNS, SIZE
from grader.metrics.lists import Lists
from grader.metrics.metric import Metric, Numbers, Parameter, RowTerms

THRESHOLDS = np.arange(50, 100, 5)  # in hundredths, so that no comparison is rounded


@dataclass(frozen=True, slots=True)
class Pixels:
    """How many pixels of each row are in both masks, in the answer, in the prediction; (n_rows,) each."""

    both: NDArray[np.int64]
    answers: NDArray[np.int64]
    predictions: NDArray[np.int64]

    @property
    def either(self) -> NDArray[np.int64]:
        """The pixels of the union."""
        return self.answers + self.predictions - self.both


def pixels_of(answers: Lists, predictions: Lists) -> Pixels:
    """The pixels that two columns of masks have in common and apart. Raises EmptySplit when n_rows is 0.

    answers, predictions: runs of each row, start and length, ascending and disjoint, as the check guarantees.

    >>> pixels_of(Lists.of([[1, 4]]), Lists.of([[3, 4]])).both.tolist()
    [2]
    """
    if len(answers) == 0:
        raise EmptySplit
    far = max(_last(answers), _last(predictions)) + 1  # so that the rows' stretches never meet
    starts, ends = _stretches(predictions, far)
    both = _pixels_before(answers, far, ends) - _pixels_before(answers, far, starts)
    return Pixels(_per_row(both, predictions), _areas(answers), _areas(predictions))


def _last(runs: Lists) -> int:
    return int((runs.flat[0::2] + runs.flat[1::2]).max(initial=0))


def _stretches(runs: Lists, far: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First pixel of each run and pixel after its last, on one line on which a row is `far` long."""
    rows = runs.row_numbers[0::2]
    starts = rows * far + runs.flat[0::2]
    return starts, starts + runs.flat[1::2]


def _pixels_before(runs: Lists, far: int, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many pixels of the runs lie before each place of the line."""
    starts, ends = _stretches(runs, far)
    lengths = ends - starts
    before: NDArray[np.int64] = np.concatenate([[0], np.cumsum(lengths)])
    run = np.searchsorted(starts, places, side="right") - 1
    counts_inside = (
        np.where(run >= 0, np.minimum(places - starts[run], lengths[run]), 0) if len(starts) else 0
    )
    counts: NDArray[np.int64] = before[np.maximum(run, 0)] + counts_inside
    return counts


def _areas(runs: Lists) -> NDArray[np.int64]:
    return _per_row(runs.flat[1::2], runs)


def _per_row(terms: NDArray[np.int64], runs: Lists) -> NDArray[np.int64]:
    """The sum of the terms of a row's runs, (n_rows,). terms: one a run."""
    before: NDArray[np.int64] = np.concatenate([[0], np.cumsum(terms)])
    sums: NDArray[np.int64] = np.diff(before[(runs.ends - runs.ends[0]) // 2])
    return sums


def _shares(part: NDArray[np.number], whole: NDArray[np.number], both_empty: float) -> Numbers:
    shares = np.full(len(whole), both_empty)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def dice_mean(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> float:
    """Twice the common pixels of the pixels of both masks, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: masks as runs, (n_rows,). both_empty: what a row scores when neither has a pixel.
    Raises EmptySplit when n_rows is 0. Source: Dice 1945; Kaggle's HuBMAP.

    >>> dice_mean(Lists.of([[1, 4], []]), Lists.of([[3, 4], []]), both_empty=1.0)
    0.75
    """
    return _dice(answers, predictions, both_empty=both_empty).score()


def _dice(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> RowTerms:
    pixels = pixels_of(answers, predictions)
    return RowTerms(_shares(2 * pixels.both, pixels.answers + pixels.predictions, both_empty))


def dice_global(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> float:
    """Twice the common pixels of all rows, of all pixels of both masks; 1.0 is best, 0.0 worst.

    answers, predictions: masks as runs, (n_rows,). both_empty: the score when there is no pixel at all.
    Raises EmptySplit when n_rows is 0. Source: Dice 1945, of all images together; Kaggle's contrails.

    >>> dice_global(Lists.of([[1, 4], []]), Lists.of([[3, 4], []]), both_empty=1.0)
    0.5
    """
    return _dice_of_all(answers, predictions, both_empty=both_empty).score()


def _dice_of_all(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> RowTerms:
    pixels = pixels_of(answers, predictions)
    whole = pixels.answers + pixels.predictions
    return RowTerms(2 * pixels.both, whole) if whole.any() else RowTerms(np.full(len(whole), both_empty))


def iou_mean(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> float:
    """The common pixels of the pixels in either mask, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: masks as runs, (n_rows,). both_empty: what a row scores when neither has a pixel.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.jaccard_score of each row's pixels.

    >>> iou_mean(Lists.of([[1, 4]]), Lists.of([[3, 4]]), both_empty=1.0)
    0.3333333333333333
    """
    return _iou(answers, predictions, both_empty=both_empty).score()


def _iou(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> RowTerms:
    pixels = pixels_of(answers, predictions)
    return RowTerms(_shares(pixels.both, pixels.either, both_empty))


def map_iou_thresholds(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> float:
    """The share of thresholds .50, .55 ... .95 that a row's IoU exceeds, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: masks as runs, (n_rows,). both_empty: what a row scores when neither has a pixel.
    Raises EmptySplit when n_rows is 0. Source: Kaggle's TGS salt identification; compared in whole numbers.

    >>> map_iou_thresholds(Lists.of([[1, 10]]), Lists.of([[1, 7]]), both_empty=1.0)
    0.4
    """
    return _thresholds(answers, predictions, both_empty=both_empty).score()


def _thresholds(answers: Lists, predictions: Lists, *, both_empty: float, **_: Any) -> RowTerms:
    pixels = pixels_of(answers, predictions)
    shares = (100 * pixels.both[:, None] > THRESHOLDS * pixels.either[:, None]).mean(axis=1)
    return RowTerms(np.where(pixels.either > 0, shares, both_empty))


def fbeta_mask_mean(answers: Lists, predictions: Lists, *, beta: float, both_empty: float, **_: Any) -> float:
    """F-beta of each row's pixels, averaged over the rows; 1.0 is best, 0.0 worst.

    answers, predictions: masks as runs, (n_rows,). beta: how many times recall weighs precision.
    both_empty: what a row scores when neither has a pixel. Raises EmptySplit when n_rows is 0.
    Source: van Rijsbergen 1979; Kaggle's Vesuvius ink detection with beta 0.5.

    >>> fbeta_mask_mean(Lists.of([[1, 4]]), Lists.of([[1, 2]]), beta=0.5, both_empty=1.0)
    0.8333333333333334
    """
    return _fbeta(answers, predictions, beta=beta, both_empty=both_empty).score()


def _fbeta(answers: Lists, predictions: Lists, *, beta: float, both_empty: float, **_: Any) -> RowTerms:
    pixels = pixels_of(answers, predictions)
    weight = beta * beta
    whole = weight * pixels.answers + pixels.predictions
    return RowTerms(_shares((1 + weight) * pixels.both, whole, both_empty))


GEOMETRY = {
    "height": Parameter(
        int, 0, Message("of every image in pixels; 0: a column of the key, or unchecked"), 0, 10**6
    ),
    "width": Parameter(
        int, 0, Message("of every image in pixels; 0: a column of the key, or unchecked"), 0, 10**6
    ),
    "first_pixel": Parameter(int, 1, Message("the number of the first pixel, 0 or 1"), 0, 1),
    "both_empty": Parameter(float, 1.0, Message("what a row scores whose masks are both empty"), 0.0, 1.0),
}
SIDES = {"heights": SIZE, "widths": SIZE}
EDGES = Message(
    "runs must ascend, not overlap and stay inside of the image, whose sides are the test set's, else the "
    "upload is refused; two empty masks score `both_empty`"
)


def _metric(
    function: Callable[..., float],
    terms: Callable[..., RowTerms],
    summary: Text,
    *aliases: str,
    **more: Parameter,
) -> Metric:
    return Metric(
        function=function,
        terms=terms,
        answers=RUNS,
        predictions=RUNS,
        best=1.0,
        worst=0.0,
        summary=summary,
        edges=EDGES,
        aliases=aliases,
        parameters=MappingProxyType({**more, **GEOMETRY}),
        auxiliary=MappingProxyType(SIDES),
        optional=frozenset(SIDES),
    )


MASKS: dict[str, Metric] = {
    "dice_mean": _metric(
        dice_mean, _dice, Message("Dice coefficient of each mask, averaged"), "dice", "F1 of pixels"
    ),
    "dice_global": _metric(
        dice_global, _dice_of_all, Message("Dice coefficient of all masks together"), "global dice"
    ),
    "iou_mean": _metric(
        iou_mean, _iou, Message("intersection over union of each mask, averaged"), "mean IoU of masks"
    ),
    "map_iou_thresholds": _metric(
        map_iou_thresholds,
        _thresholds,
        Message("share of the thresholds .50 to .95 that a mask's IoU exceeds, averaged"),
        "mAP at IoU thresholds",
    ),
    "fbeta_mask_mean": _metric(
        fbeta_mask_mean,
        _fbeta,
        Message("F-beta of each mask's pixels, averaged"),
        "F0.5 of masks",
        beta=Parameter(float, 0.5, Message("how many times recall weighs precision"), 0.01, 100.0),
    ),
}
