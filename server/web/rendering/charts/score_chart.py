"""The chart of a team's own scores over time, with the tiers' thresholds: room is made for every number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from grader.messages import Catalogue, Message, translated
from server.web.rendering.charts.grid import round_grid
from server.web.rendering.charts.shapes import (
    HEIGHT,
    LETTER,
    WIDTH,
    axis_line,
    grid_lines,
    label_at,
    svg,
    title,
)

TOP, BOTTOM = 14, 26
EDGE = 8  # between the axis and the first and last mark
BOLD_LETTER = 7.8  # units that a character of a tier's label takes at most
LINE_HEIGHT = 13.0  # from one label to the next, so that none covers another
BEYOND = 0.08  # of the range of scores, left free above and below


@dataclass(frozen=True)
class ChartPoint:
    """A scored submission on the time axis; `words` are shown when one points at it.

    private_score: None before the reveal, and where there is none.
    """

    at: datetime
    score: float
    is_final: bool
    is_late: bool
    words: str = ""
    private_score: float | None = None


@dataclass(frozen=True)
class ThresholdLine:
    """A tier's line across the chart."""

    tier: str
    score: float


@dataclass(frozen=True)
class Frame:
    """Where times and scores lie; better is always up.

    left, right: the ends of the lines; low, high: the scores at the bottom and at the top, which a chart of a
    metric that falls has the other way round.
    """

    left: float
    right: float
    begin: datetime
    end: datetime
    low: float
    high: float
    higher_is_better: bool

    def x(self, at: datetime) -> float:
        """How far to the right an instant lies; in the middle where there is but one."""
        seconds = (self.end - self.begin).total_seconds()
        share = (at - self.begin).total_seconds() / seconds if seconds else 0.5
        return self.left + EDGE + share * (self.right - self.left - 2 * EDGE)

    def y(self, score: float) -> float:
        """How far down a score lies."""
        share = (score - self.low) / (self.high - self.low)
        return TOP + (1 - share if self.higher_is_better else share) * (HEIGHT - TOP - BOTTOM)


def score_chart(
    points: Sequence[ChartPoint],
    thresholds: Sequence[ThresholdLine],
    *,
    higher_is_better: bool,
    decimals: int,
    first: str,
    last: str,
    catalogue: Catalogue,
) -> Markup:
    """Scores in the order of time, the public ones as dots, revealed private ones as squares.

    `points` is not empty and sorted by time; `first` and `last` label the ends of the time axis.
    catalogue: of the language that the chart's words are shown in.
    """
    names = [f"{each.tier} {each.score:z.{decimals}f}" for each in thresholds]
    low, high = _range(points, thresholds)
    grid = round_grid(low, high)
    frame = Frame(
        left=LETTER * max((len(line.text) for line in grid), default=0) + 12,
        right=WIDTH - BOLD_LETTER * max(map(len, names), default=0) - 8,
        begin=points[0].at,
        end=points[-1].at,
        low=low,
        high=high,
        higher_is_better=higher_is_better,
    )
    body = grid_lines(grid, frame.y, frame.left, frame.right)
    body.append(axis_line(frame.left, HEIGHT - BOTTOM, frame.right, HEIGHT - BOTTOM, "rule"))
    body += _threshold_lines(frame, thresholds, names)
    body += _best_so_far([(frame.x(each.at), frame.y(each.score)) for each in points if not each.is_late])
    body += [mark for point in points for mark in _marks(frame, point, title(point.words, catalogue))]
    body.append(label_at(frame.left, HEIGHT - 8, translated(first, catalogue), anchor="start"))
    if last != first:
        body.append(label_at(frame.right, HEIGHT - 8, translated(last, catalogue), anchor="end"))
    label = Message("Scores of your submissions over time, better is up")
    return svg(body, height=HEIGHT, label=translated(label, catalogue))


def apart(heights: Sequence[float]) -> list[float]:
    """Where labels stand that belong at these heights: none covers another, and none leaves the chart.

    >>> apart([100.0, 104.0, 20.0])
    [100.0, 113.0, 20.0]
    """
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    places, above = dict(enumerate(heights)), -LINE_HEIGHT
    for index in order:
        above = places[index] = max(heights[index], above + LINE_HEIGHT)
    below = float(HEIGHT - BOTTOM) + LINE_HEIGHT
    for index in reversed(order):
        below = places[index] = min(places[index], below - LINE_HEIGHT)
    return [places[index] for index in range(len(heights))]


def _scores(points: Sequence[ChartPoint]) -> list[float]:
    private = [point.private_score for point in points if point.private_score is not None]
    return [point.score for point in points] + private


def _range(points: Sequence[ChartPoint], thresholds: Sequence[ThresholdLine]) -> tuple[float, float]:
    scores = _scores(points) + [each.score for each in thresholds]
    low, high = min(scores), max(scores)
    room = (high - low) * BEYOND or abs(high) * 0.05 or 1.0
    return low - room, high + room


def _threshold_lines(frame: Frame, thresholds: Sequence[ThresholdLine], names: Sequence[str]) -> list[Markup]:
    shapes = []
    heights = [frame.y(each.score) for each in thresholds]
    for each, name, height, place in zip(thresholds, names, heights, apart(heights), strict=True):
        shapes.append(axis_line(frame.left, height, frame.right, height, f"threshold stroke-{each.tier}"))
        shapes.append(axis_line(frame.right, height, frame.right + 4, place, f"leader stroke-{each.tier}"))
        shapes.append(
            label_at(frame.right + 6, place + 4, name, anchor="start", kind=f"name fill-{each.tier}")
        )
    return shapes


def _best_so_far(places: Sequence[tuple[float, float]]) -> list[Markup]:
    if len(places) < 2:
        return []
    best = places[0][1]
    path = f"M{places[0][0]:.1f} {best:.1f}"
    for x, y in places[1:]:
        best = min(best, y)
        path += f"H{x:.1f}V{best:.1f}"
    return [Markup('<path d="{}" class="best"/>').format(path)]


def _marks(frame: Frame, point: ChartPoint, words: Markup) -> list[Markup]:
    x, kind = (
        frame.x(point.at),
        "dot" + (" final" if point.is_final else "") + (" late" if point.is_late else ""),
    )
    marks = [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="{}" class="{}">{}</circle>').format(
            x, frame.y(point.score), 5 if point.is_final else 4, kind, words
        )
    ]
    if point.private_score is not None:
        marks.append(
            Markup('<rect x="{:.1f}" y="{:.1f}" width="7" height="7" class="private-mark">{}</rect>').format(
                x - 3.5, frame.y(point.private_score) - 3.5, words
            )
        )
    return marks
