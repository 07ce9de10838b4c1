"""A pie of shares and a histogram with thresholds; the numbers stand beside each in a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, floor, pi, sin

from markupsafe import Markup

from grader.messages import Catalogue, Message, translated
from server.web.rendering.charts.grid import count_grid
from server.web.rendering.charts.shapes import LETTER, WIDTH, axis_line, grid_lines, label_at, svg, title

PIE_HEIGHT, RADIUS = 210, 96
COLOURS = 7  # of slices, after which they begin anew; a gap parts neighbours in any case
REST = 7  # the colour of what is folded together
BINS = 24
EDGE_SHARE = 0.02  # of the scores at either end, which share the outermost bar
BAR_AREA, LABEL_ROW, BELOW = 130, 14, 26


@dataclass(frozen=True)
class Bin:
    """Scores from `low` to `high`, the upper bound left out but in the last one; so many of them."""

    low: float
    high: float
    count: int


def pie_chart(
    sizes: Sequence[int],
    *,
    colours: Sequence[int],
    words: Sequence[str],
    label: str,
    catalogue: Catalogue,
) -> Markup:
    """A slice a size, clockwise from the top; words: what each says when one points at it.

    colours: of each slice, 0 to REST.
    """
    whole = sum(sizes) or 1
    x, y = WIDTH / 2, PIE_HEIGHT / 2
    body, begin = [], 0.0
    for size, colour, text in zip(sizes, colours, words, strict=True):
        end = begin + size / whole
        body.append(
            Markup('<path d="{}" class="slice slice-{}">{}</path>').format(
                _slice(x, y, begin, end), colour, title(text, catalogue)
            )
        )
        begin = end
    return svg(body, height=PIE_HEIGHT, label=translated(label, catalogue))


def _slice(x: float, y: float, begin: float, end: float) -> str:
    """The path of a slice between two shares of the circle."""
    if end - begin > 0.9999:
        half = f"a{RADIUS} {RADIUS} 0 1 1"
        return f"M{x - RADIUS} {y}{half} {2 * RADIUS} 0{half} {-2 * RADIUS} 0z"
    (x1, y1), (x2, y2) = (
        (x + RADIUS * sin(2 * pi * share), y - RADIUS * cos(2 * pi * share)) for share in (begin, end)
    )
    is_large = int(end - begin > 0.5)
    return f"M{x:.1f} {y:.1f}L{x1:.1f} {y1:.1f}A{RADIUS} {RADIUS} 0 {is_large} 1 {x2:.1f} {y2:.1f}z"


def bins_of(scores: Sequence[float], limits: Mapping[str, float]) -> list[Bin]:
    """The scores in bars of one width that hold all thresholds; the outermost ones hold what lies beyond."""
    ordered = sorted(scores)
    cut = floor(EDGE_SHARE * len(ordered))
    inner = [*ordered[cut : len(ordered) - cut], *limits.values()]
    low, high = min(inner), max(inner)
    if low == high:
        return [Bin(low, high, len(ordered))]
    width = (high - low) / BINS
    counts = [0] * BINS
    for score in ordered:
        counts[min(BINS - 1, max(0, floor((score - low) / width)))] += 1
    return [Bin(low + index * width, low + (index + 1) * width, count) for index, count in enumerate(counts)]


def histogram(
    bins: Sequence[Bin],
    limits: Mapping[str, float],
    *,
    words: Sequence[str],
    own: float | None,
    decimals: int,
    label: str,
    catalogue: Catalogue,
) -> Markup:
    """Bars of scores with a line for each tier, each named in a row of its own so that none covers another.

    limits: thresholds by tier. own: the viewer's score, marked below its bar; None for none.
    """
    most = max([each.count for each in bins] + [1])
    top = LABEL_ROW * len(limits) + 6
    bottom = top + BAR_AREA
    grid = count_grid(most)
    left = max(40.0, LETTER * max([len(line.text) for line in grid] + [1]) + 8)
    axis = _Axis(bins[0].low, bins[-1].high, left, WIDTH - 8)
    body = grid_lines(grid, lambda count: bottom - count / most * BAR_AREA, left, axis.right)
    step = (axis.right - left) / len(bins)
    bar = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="bar">{}</rect>')
    for index, (each, text) in enumerate(zip(bins, words, strict=True)):
        if each.count:
            tall = each.count / most * BAR_AREA
            wide = max(1.0, step - 1)
            body.append(bar.format(left + index * step, bottom - tall, wide, tall, title(text, catalogue)))
    body += _threshold_lines(limits, axis, bottom, decimals)
    body.append(axis_line(left, bottom, axis.right, bottom, "rule"))
    body.append(label_at(left, bottom + 16, f"{axis.low:.{decimals}f}", anchor="start"))
    body.append(label_at(axis.right, bottom + 16, f"{axis.high:.{decimals}f}", anchor="end"))
    if own is not None:
        body += _own_mark(axis.place(own), bottom, own, decimals, catalogue)
    height = bottom + BELOW + (0 if own is None else LABEL_ROW)
    return svg(body, height=height, label=translated(label, catalogue))


@dataclass(frozen=True)
class _Axis:
    """Where scores from `low` to `high` lie; what is beyond lies at the nearer end."""

    low: float
    high: float
    left: float
    right: float

    def place(self, score: float) -> float:
        """How far to the right a score lies."""
        share = 0.5 if self.high == self.low else (score - self.low) / (self.high - self.low)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)


def _threshold_lines(limits: Mapping[str, float], axis: _Axis, bottom: float, decimals: int) -> list[Markup]:
    """A line for each tier, its name on the side that has room for it."""
    shapes = []
    for row, (tier, limit) in enumerate(limits.items()):
        at, y = axis.place(limit), LABEL_ROW * (row + 1)
        anchor, x = ("end", at - 4) if at > WIDTH / 2 else ("start", at + 4)
        shapes.append(axis_line(at, y - 9, at, bottom, f"threshold stroke-{tier}"))
        shapes.append(label_at(x, y, f"{tier} {limit:.{decimals}f}", anchor=anchor, kind=f"name fill-{tier}"))
    return shapes


def _own_mark(x: float, bottom: float, own: float, decimals: int, catalogue: Catalogue) -> list[Markup]:
    words = Message("you: {score}", score=f"{own:.{decimals}f}")
    anchor = "end" if x > WIDTH * 0.75 else "start" if x < WIDTH * 0.25 else "middle"
    return [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="5" class="dot final">{}</circle>').format(
            x, bottom, title(words, catalogue)
        ),
        label_at(x, bottom + 16 + LABEL_ROW, translated(words, catalogue), anchor=anchor, kind="name"),
    ]
