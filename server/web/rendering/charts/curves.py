"""A run's curve as charts: its loss and its held-out score after each epoch."""

from collections.abc import Sequence
from typing import Any

from grader.messages import Catalogue, Message
from server.serializers.baselines.baselines import PointJson
from server.web.rendering.charts.shapes import Line, line_chart


def curve_charts(curve: Sequence[PointJson], catalogue: Catalogue) -> list[dict[str, Any]]:
    """The charts of one run: its loss, and its held-out score where the tier tells any."""
    charts = []
    losses = [(point["epoch"], point["loss"]) for point in curve]
    scores = [(point["epoch"], point["score"]) for point in curve]
    for title, label, points in (
        (Message("Training loss"), Message("Training loss after each epoch"), losses),
        (Message("Held-out score"), Message("Held-out score after each epoch"), scores),
    ):
        words = [
            "" if value is None else Message("epoch {epoch:g}: {value:.4g}", epoch=epoch, value=value)
            for epoch, value in points
        ]
        if any(value is not None for _, value in points):
            first = Message("epoch {epoch:g}", epoch=points[0][0])
            last = f"{points[-1][0]:g}"
            line = Line(points, words=words)
            chart = line_chart([line], label=label, first=first, last=last, catalogue=catalogue)
            charts.append({"title": title, "chart": chart})
    return charts
