"""Curves as charts: lines over the epochs of a training, as inline SVG; a table stands beside each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from markupsafe import Markup

from server.web.charts import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, axis_line, label_at, svg

RIGHT = 14
ABOVE = 4  # from a guide to the number that stands on it
DIGITS = 4  # of a loss or a score on an axis

Place: TypeAlias = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Line:
    """A line of a chart: (x, y) in order, with a gap where y is None; `kind` is its class for the style."""

    points: Sequence[tuple[float, float | None]]
    kind: str = ""


def curve_charts(curve: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The charts of one run: its loss, and its held-out score where the tier tells any."""
    charts = []
    for name, title in (("loss", "Training loss"), ("score", "Held-out score")):
        points = [(point["epoch"], point[name]) for point in curve]
        if any(value is not None for _, value in points):
            ends = {"first": f"epoch {points[0][0]:g}", "last": f"{points[-1][0]:g}"}
            chart = line_chart([Line(points)], label=f"{title} after each epoch", **ends)
            charts.append({"title": title, "chart": chart})
    return charts


def line_chart(lines: Sequence[Line], *, label: str, first: str, last: str) -> Markup:
    """Lines over a common axis, from the smallest value to the largest; `first` and `last` name its ends.

    Some point has a value; values are finite.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points if y is not None]
    left, wide = min(xs), (max(xs) - min(xs)) or 1.0
    low, high = min(ys), max(ys)
    tall = (high - low) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + 8 + (x - left) / wide * (WIDTH - LEFT - RIGHT - 16)
        return across, TOP + (1 - (y - low) / tall) * (HEIGHT - TOP - BOTTOM - 8)

    body = [axis_line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "rule")]
    for value in sorted({low, high}):
        height = place(left, value)[1]
        body.append(axis_line(LEFT, height, WIDTH - RIGHT, height, "guide"))
        body.append(label_at(LEFT - 6, height + ABOVE, f"{value:.{DIGITS}g}", anchor="end"))
    body += [_path(line, place) for line in lines]
    body.append(label_at(LEFT + 8, HEIGHT - 8, first, anchor="start"))
    body.append(label_at(WIDTH - RIGHT - 8, HEIGHT - 8, last, anchor="end"))
    return svg(body, height=HEIGHT, label=label)


def _path(line: Line, place: Place) -> Markup:
    """The line as one path; a single point, which a path would not show, is a dot."""
    places = [None if y is None else place(x, y) for x, y in line.points]
    drawn = [each for each in places if each is not None]
    if len(drawn) == 1:
        return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" class="point {}"/>').format(*drawn[0], line.kind)
    steps = [
        f"{'M' if before is None else 'L'}{each[0]:.1f} {each[1]:.1f}"
        for before, each in pairwise([None, *places])
        if each is not None
    ]
    return Markup('<path d="{}" class="line {}"/>').format("".join(steps), line.kind)
