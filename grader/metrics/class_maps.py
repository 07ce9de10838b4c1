"""Metrics of class maps: an image's classes, pixel after pixel, as runs of one class."""

from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import CLASS_MAP
from grader.metrics.lists import Lists
from grader.metrics.metric import Metric, Need, Parameter


def iou_class_maps(answers: Lists, predictions: Lists, *, ignored: int) -> float:
    """The intersection over union of each class, of the pixels of all rows, averaged; 1.0 is best, 0.0 worst.

    answers, predictions: (n_rows,) maps as runs, class and length each; both sides of a row have as many
    pixels, as the check guarantees. ignored: a class of the answers whose pixels do not count. The classes
    are those of the split's answers and predictions, so that an invented one counts 0.
    Raises EmptySplit when n_rows is 0. Source: must equal sklearn.metrics.jaccard_score(average="macro") of
    the pixels (Everingham 2010).

    >>> iou_class_maps(Lists.of([[0, 6, 1, 2]]), Lists.of([[0, 4, 1, 4]]), ignored=-1)
    0.5833333333333333
    """
    if len(answers) == 0:
        raise EmptySplit
    ends, other_ends = np.cumsum(answers.flat[1::2]), np.cumsum(predictions.flat[1::2])
    stretch_ends = np.union1d(ends, other_ends)
    lengths = np.diff(stretch_ends, prepend=0)
    true_classes = answers.flat[0::2][np.searchsorted(ends, stretch_ends)]
    classes = predictions.flat[0::2][np.searchsorted(other_ends, stretch_ends)]
    counts = true_classes != ignored
    lengths, true_classes, classes = lengths[counts], true_classes[counts], classes[counts]
    names, numbers = np.unique(np.concatenate([true_classes, classes]), return_inverse=True)
    true_numbers, class_numbers = np.split(numbers, 2)
    true_sizes, sizes, common_sizes = (
        _sizes(part, lengths[mask], len(names))
        for part, mask in (
            (true_numbers, slice(None)),
            (class_numbers, slice(None)),
            (true_numbers[true_classes == classes], true_classes == classes),
        )
    )
    return float((common_sizes / (true_sizes + sizes - common_sizes)).mean())


def _sizes(numbers: NDArray[np.int64], lengths: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """The pixels of each class, (classes,); whole numbers, exact up to 2**53."""
    sizes: NDArray[np.float64] = np.bincount(numbers, weights=lengths, minlength=classes).astype(np.float64)
    return sizes


def _some_pixel(answers: Lists, *, ignored: int, **_: Any) -> bool:
    return bool((answers.flat[1::2][answers.flat[0::2] != ignored] > 0).any())


SOME_PIXEL = Need(
    "no_pixel", Message("no pixel has a class that counts."), Message("Split again."), _some_pixel
)
CLASS_MAPS: dict[str, Metric] = {
    "iou_class_maps": Metric(
        function=iou_class_maps,
        answers=CLASS_MAP,
        predictions=CLASS_MAP,
        best=1.0,
        worst=0.0,
        summary=Message("intersection over union of each class, over the pixels of all images, averaged"),
        edges=Message(
            "one field an image: class and number of pixels of each run; an invented class counts 0; a map "
            "of another number of pixels than sample_submission.csv has there, those of the image, is refused"
        ),
        aliases=("mIoU", "mean IoU of class maps", "semantic segmentation IoU"),
        parameters=MappingProxyType(
            {
                "ignored": Parameter(
                    int, -1, Message("the class whose true pixels do not count; -1: none"), -1, 10**9
                )
            }
        ),
        needs=(SOME_PIXEL,),
    ),
}
