"""Metrics of detection: boxes in an image, with a class and a confidence each, several in one field."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from grader.errors import EmptySplit
from grader.messages import Message
from grader.metrics.fields import BOXES, DETECTIONS
from grader.metrics.metric import Metric, Need, Numbers, Parameter
from grader.time_limit import in_time

COCO_THRESHOLDS = np.linspace(0.5, 0.95, 10)
THRESHOLDS = {"0.50:0.95": COCO_THRESHOLDS, "0.50": COCO_THRESHOLDS[:1], "0.75": COCO_THRESHOLDS[5:6]}
RECALLS = np.linspace(0.0, 1.0, 101)
DETECTIONS_MOST = 100  # of one class in one image that count, the surest ones


@dataclass(frozen=True, slots=True)
class Boxes:
    """All boxes of a column. rows: (n_boxes,) of the image. labels: (n_boxes,) class, as text.

    corners: (n_boxes, 4), xmin, ymin, xmax, ymax. confidences: (n_boxes,); of true boxes 1.0.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.object_]
    corners: Numbers
    confidences: Numbers

    def of(self, label: str) -> "Boxes":
        """The boxes of one class."""
        is_one = self.labels == label
        return Boxes(self.rows[is_one], self.labels[is_one], self.corners[is_one], self.confidences[is_one])


def boxes_of(texts: pa.StringArray, *, confident: bool) -> Boxes:
    """The boxes in a column of texts, (n_rows,), each well-formed. confident: each has a confidence.

    >>> boxes_of(pa.array(["cat 0.5 1 2 3 4", ""]), confident=True).corners.tolist()
    [[1.0, 2.0, 3.0, 4.0]]
    """
    size = 6 if confident else 5
    rows: list[int] = []
    items: list[str] = []
    for row, text in enumerate(in_time(texts.to_pylist())):
        words = [word for word in text.split(" ") if word]
        rows += [row] * (len(words) // size)
        items += words
    table = np.array(items, dtype=object).reshape(-1, size)
    numbers = table[:, 1:].astype(np.float64)
    confidences = numbers[:, 0] if confident else np.ones(len(numbers))
    return Boxes(np.array(rows, dtype=np.int64), table[:, 0], numbers[:, -4:], confidences)


def map_boxes(answers: pa.StringArray, predictions: pa.StringArray, *, iou: str) -> float:
    """The mean average precision of detected boxes over classes and IoU thresholds; 1.0 is best, 0.0 worst.

    answers: (n_rows,) texts, an image each: class, xmin, ymin, xmax, ymax of each box. predictions: class,
    confidence, xmin, ymin, xmax, ymax. iou: the thresholds, "0.50:0.95" for ten of them, "0.50" or "0.75".
    The surest 100 boxes of a class and image count; each takes the true box that it overlaps most, of those
    that are still free. Boxes of a class that the split's answers do not have do not count. Equally sure
    boxes come in the order of the rows. Raises EmptySplit when n_rows is 0.
    Source: COCO's evaluation of boxes (Lin et al. 2014), precision at 101 recalls, all areas.

    >>> map_boxes(pa.array(["cat 0 0 10 10"]), pa.array(["cat 0.9 0 0 10 8"]), iou="0.50:0.95")
    0.7
    """
    if len(answers) == 0:
        raise EmptySplit
    truth, detections = boxes_of(answers, confident=False), boxes_of(predictions, confident=True)
    thresholds = THRESHOLDS[iou]
    precisions = [
        _average_precisions(truth.of(label), detections.of(label), thresholds)
        for label in in_time(sorted(set(truth.labels)))
    ]
    return float(np.mean(precisions))


def _average_precisions(truth: Boxes, detections: Boxes, thresholds: Numbers) -> Numbers:
    """The average precision of one class at each threshold, (n_thresholds,)."""
    confidences: list[Numbers] = []
    hits: list[NDArray[np.bool_]] = []
    for true_boxes, boxes in _images(truth, detections):
        order = np.argsort(-boxes.confidences, kind="stable")[:DETECTIONS_MOST]
        confidences.append(boxes.confidences[order])
        hits.append(_hits(overlaps(boxes.corners[order], true_boxes.corners), thresholds))
    if not hits:
        return np.zeros(len(thresholds))
    order = np.argsort(-np.concatenate(confidences), kind="stable")
    right = np.cumsum(np.concatenate(hits)[order], axis=0)
    precisions = right / np.arange(1, len(right) + 1)[:, None]
    envelopes = np.maximum.accumulate(precisions[::-1], axis=0)[::-1]
    recalls = right / len(truth.rows)
    return np.array([_at_recalls(*columns) for columns in zip(envelopes.T, recalls.T, strict=True)])


def _at_recalls(envelope: Numbers, recalls: Numbers) -> float:
    """The precision at the 101 recalls, 0 where one is not reached, averaged."""
    places = np.searchsorted(recalls, RECALLS, side="left")
    return float(np.append(envelope, 0.0)[places].mean())


def _images(truth: Boxes, detections: Boxes) -> Iterator[tuple[Boxes, Boxes]]:
    """The true and the detected boxes of each image with detections, both of one class."""
    for row in in_time(np.unique(detections.rows)):
        yield tuple(  # type: ignore[misc]
            Boxes(side.rows[part], side.labels[part], side.corners[part], side.confidences[part])
            for side in (truth, detections)
            for part in [slice(*np.searchsorted(side.rows, [row, row + 1]))]
        )


def _hits(shares: Numbers, thresholds: Numbers) -> NDArray[np.bool_]:
    """Whether each detection takes a true box at each threshold, (n_detections, n_thresholds).

    shares: (n_detections, n_true), the overlaps; the surest detection first. A true box is taken once; of
    equal overlaps the last one is taken.
    """
    is_hit = np.zeros((len(shares), len(thresholds)), dtype=np.bool_)
    is_free = np.ones((len(thresholds), shares.shape[1]), dtype=np.bool_)
    least = np.minimum(thresholds, 1.0 - 1e-10)[:, None]
    places = np.arange(len(thresholds))
    for number, row in enumerate(shares if shares.shape[1] else ()):
        open_shares = np.where(is_free & (row >= least), row, -1.0)
        best = shares.shape[1] - 1 - open_shares[:, ::-1].argmax(axis=1)
        is_hit[number] = open_shares[places, best] >= 0.0
        is_free[places[is_hit[number]], best[is_hit[number]]] = False
    return is_hit


def overlaps(boxes: Numbers, others: Numbers) -> Numbers:
    """The intersection over union of each box with each other one, (n_boxes, n_others); 0 without an area.

    >>> overlaps(np.array([[0.0, 0.0, 2.0, 2.0]]), np.array([[1.0, 0.0, 3.0, 2.0]])).round(3).tolist()
    [[0.333]]
    """
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    both = sides[..., 0] * sides[..., 1]
    areas, other_areas = ((side[:, 2] - side[:, 0]) * (side[:, 3] - side[:, 1]) for side in (boxes, others))
    either = areas[:, None] + other_areas[None, :] - both
    shares: Numbers = np.divide(both, either, out=np.zeros_like(both), where=either > 0.0)
    return shares


def _some_box(answers: pa.StringArray, **_: object) -> bool:
    return any(text.strip() for text in answers.to_pylist())


SOME_BOX = Need(
    "no_box",
    Message("no image has a box, and there is nothing to detect."),
    Message("Split again."),
    _some_box,
)
OF_BOXES: dict[str, Metric] = {
    "map_boxes": Metric(
        function=map_boxes,
        answers=BOXES,
        predictions=DETECTIONS,
        best=1.0,
        worst=0.0,
        summary=Message("mean average precision of detected boxes, over classes and IoU thresholds"),
        edges=Message(
            "one field an image: class, [confidence,] xmin, ymin, xmax, ymax of each box; 100 boxes of a "
            "class and image count; an image without a box is an empty field; a split without one is refused"
        ),
        aliases=("COCO mAP", "detection mAP", "mean average precision of boxes"),
        parameters=MappingProxyType(
            {"iou": Parameter(str, "0.50:0.95", Message("the IoU thresholds"), choices=tuple(THRESHOLDS))}
        ),
        needs=(SOME_BOX,),
    ),
}
