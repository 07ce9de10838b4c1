"""A run's curve: loss and held-out score after each epoch, kept small however long the training is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.models import CurveRow

MOST_POINTS = 500  # of one run


@dataclass(frozen=True)
class CurvePoint:
    """What a tier said after an epoch; None where it said nothing, or no number.

    loss: mean training loss in its own unit; score: of rows that it held out.
    """

    epoch: float
    loss: float | None
    score: float | None


def extended(curve: Sequence[CurveRow], new: Iterable[CurvePoint]) -> list[CurveRow]:
    """The curve with more points, in the order of epochs; an epoch told twice counts as told last."""
    rows = {row[0]: row for row in curve}
    rows |= {float(each.epoch): [float(each.epoch), each.loss, each.score] for each in new}
    return thinned([rows[epoch] for epoch in sorted(rows, key=_epoch)])


def thinned(rows: list[CurveRow], *, most: int = MOST_POINTS) -> list[CurveRow]:
    """At most so many rows: the first, and the last of each of equal spans of epochs.

    Thinned again and again while a curve grows, it stays evenly dense: the spans grow with it.

    >>> [row[0] for row in thinned([[float(epoch), None, None] for epoch in range(1, 9)], most=4)]
    [1.0, 3.0, 5.0, 8.0]
    """
    if len(rows) <= most:
        return rows
    first, last = _epoch(rows[0][0]), _epoch(rows[-1][0])
    spans = {int((most - 1) * (_epoch(row[0]) - first) / (last - first) - 1e-9): row for row in rows[1:]}
    return [rows[0], *spans.values()]


def points_of(rows: Iterable[CurveRow]) -> list[CurvePoint]:
    """The curve as a run keeps it, as points."""
    return [CurvePoint(_epoch(epoch), loss, score) for epoch, loss, score in rows]


def _epoch(value: float | None) -> float:
    assert value is not None, "each point has its epoch"
    return value
