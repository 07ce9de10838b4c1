"""A run's curve as charts: its loss and its held-out score after each epoch."""

from collections.abc import Sequence
from typing import Any

from server.serializers.baselines import PointJson
from server.web.rendering.charts import Line, line_chart


def curve_charts(curve: Sequence[PointJson]) -> list[dict[str, Any]]:
    """The charts of one run: its loss, and its held-out score where the tier tells any."""
    charts = []
    losses = [(point["epoch"], point["loss"]) for point in curve]
    scores = [(point["epoch"], point["score"]) for point in curve]
    for title, points in (("Training loss", losses), ("Held-out score", scores)):
        if any(value is not None for _, value in points):
            ends = {"first": f"epoch {points[0][0]:g}", "last": f"{points[-1][0]:g}"}
            chart = line_chart([Line(points)], label=f"{title} after each epoch", **ends)
            charts.append({"title": title, "chart": chart})
    return charts
