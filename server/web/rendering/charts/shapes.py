"""Charts as inline SVG: numbers to shapes, colours left to the style sheet; the numbers stand beside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log10

from markupsafe import Markup

from grader.messages import Catalogue, Message, translated
from server.web.rendering.charts.grid import GridLine, count_grid, power_grid, round_grid

WIDTH, HEIGHT = 480, 210
LEFT, RIGHT, TOP, BOTTOM = 50, 66, 12, 26
BAR_HEIGHT = 120
MARGIN, ABOVE = 14, 4  # of line charts: right of the lines, above a guide's number
STEEP = 50  # the largest value so many times the smallest: a line chart counts in powers of ten
LETTER = 6.5  # units that a character of a number takes at most
SPOTS_MOST = 120  # points of a line that tell their value; of more, evenly chosen ones
ROOM, EXACT, SHORT = 6, 4, 2  # letters beside a guide; digits of a number that fits, and of one that does not
LOGARITHMIC = Message("logarithmic")


@dataclass(frozen=True)
class Line:
    """A line of a chart: (x, y) in order, with a gap where y is None; `kind` is its class for the style.

    words: what each point says when one points at it; none where a table alone has the numbers.
    """

    points: Sequence[tuple[float, float | None]]
    kind: str = ""
    words: Sequence[str] = ()


def svg(body: Sequence[Markup], *, height: int, label: str) -> Markup:
    """The chart whose shapes these are; `label` says in words what it shows."""
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, label, Markup("").join(body)
    )


def label_at(x: float, y: float, text: str, *, anchor: str, kind: str = "axis") -> Markup:
    """Words at a place; `anchor` is start, middle or end."""
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" class="{}">{}</text>').format(
        x, y, anchor, kind, text
    )


def axis_line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line; `kind` is its class in the style sheet."""
    return Markup('<line x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}" class="{}"/>').format(
        x1, y1, x2, y2, kind
    )


def title(words: str, catalogue: Catalogue) -> Markup:
    """What a shape says when one points at it; chart.js says it to the keyboard, too."""
    return Markup("<title>{}</title>").format(translated(words, catalogue))


def bar_chart(
    counts: Sequence[int],
    *,
    words: Sequence[str],
    first: str,
    last: str,
    label: str,
    catalogue: Catalogue,
) -> Markup:
    """One bar a count, evenly spaced from `first` to `last`.

    words: what each bar says when one points at it. catalogue: of the language that the texts are shown in.
    """
    most = max([*counts, 1])
    floor = BAR_HEIGHT - BOTTOM
    grid = count_grid(most)
    left = _margin([line.text for line in grid])
    step = (WIDTH - left - 8) / max(len(counts), 1)
    body = grid_lines(grid, lambda value: floor - value / most * (floor - TOP), left, WIDTH - 8)
    body += [
        Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" class="bar">{}</rect>').format(
            left + index * step,
            floor - count / most * (floor - TOP),
            max(1.0, step - 1.5),
            count / most * (floor - TOP),
            title(bar, catalogue),
        )
        for index, (count, bar) in enumerate(zip(counts, words, strict=True))
        if count
    ]
    body += [
        axis_line(left, floor, WIDTH - 8, floor, "rule"),
        label_at(left, BAR_HEIGHT - 8, translated(first, catalogue), anchor="start"),
        label_at(WIDTH - 8, BAR_HEIGHT - 8, translated(last, catalogue), anchor="end"),
    ]
    return svg(body, height=BAR_HEIGHT, label=translated(label, catalogue))


def timeline(
    *, opens: datetime, deadline: datetime, late: datetime, reveal: datetime, now: datetime
) -> Markup:
    """A competition's life as a bar from its opening to its reveal, with a mark where it stands now."""
    end = max(reveal, late)
    span = (end - opens).total_seconds()

    def x(at: datetime) -> float:
        return min(100.0, max(0.0, 100 * (at - opens).total_seconds() / span))

    parts = [
        Markup('<rect x="{:.2f}" y="3" width="{:.2f}" height="4" class="{}"/>').format(
            x(a), x(b) - x(a), kind
        )
        for a, b, kind in ((opens, deadline, "open"), (deadline, late, "late"), (late, end, "sealed"))
    ]
    if opens < now < end:
        parts.append(Markup('<rect x="{:.2f}" y="0" width=".5" height="10" class="now"/>').format(x(now)))
    return Markup(
        '<svg class="timeline" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    ).format(Markup("").join(parts))


def line_chart(
    lines: Sequence[Line],
    *,
    label: str,
    first: str,
    last: str,
    catalogue: Catalogue,
    is_count: bool = False,
) -> Markup:
    """Lines over a common axis, from the smallest value to the largest; `first` and `last` name its ends.

    Some point has a value; values are finite. Where all are positive and far apart, the axis counts in powers
    of ten, and says so: beside the first loss of a training all later ones would lie on the floor.
    is_count: the values are counts, some of them 0.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points if y is not None]
    begin, wide = min(xs), (max(xs) - min(xs)) or 1.0
    low, high = min(ys), max(ys)
    in_powers = low > 0 and high / low > STEEP and not is_count
    grid = count_grid(high) if is_count else _grid(low, high, in_powers=in_powers)
    left = _margin([line.text for line in grid])
    scale: Callable[[float], float] = log10 if in_powers else float
    tall = (scale(high) - scale(low)) or 1.0

    def place(x: float, y: float) -> tuple[float, float]:
        across = left + 8 + (x - begin) / wide * (WIDTH - left - MARGIN - 16)
        return across, TOP + (1 - (scale(y) - scale(low)) / tall) * (HEIGHT - TOP - BOTTOM - 8)

    body = grid_lines(grid, lambda value: place(begin, value)[1], left, WIDTH - MARGIN)
    body.append(axis_line(left, HEIGHT - BOTTOM, WIDTH - MARGIN, HEIGHT - BOTTOM, "rule"))
    if in_powers:
        body.append(label_at(WIDTH - MARGIN, TOP + 12, translated(LOGARITHMIC, catalogue), anchor="end"))
    body += [_path(line, place) for line in lines]
    body += [spot for line in lines for spot in _spots(line, place, catalogue)]
    body.append(label_at(left + 8, HEIGHT - 8, translated(first, catalogue), anchor="start"))
    body.append(label_at(WIDTH - MARGIN - 8, HEIGHT - 8, translated(last, catalogue), anchor="end"))
    return svg(body, height=HEIGHT, label=translated(label, catalogue))


def _grid(low: float, high: float, *, in_powers: bool) -> list[GridLine]:
    grid = power_grid(low, high) if in_powers else round_grid(low, high)
    return grid if len(grid) >= 2 else [GridLine(each, _fitting(each)) for each in sorted({low, high})]


def grid_lines(
    grid: Sequence[GridLine], height: Callable[[float], float], left: float, right: float
) -> list[Markup]:
    """A line across the chart at each number of the grid, and the number left of it."""
    shapes = []
    for line in grid:
        shapes.append(axis_line(left, height(line.value), right, height(line.value), "guide"))
        shapes.append(label_at(left - 6, height(line.value) + ABOVE, line.text, anchor="end"))
    return shapes


def _margin(numbers: Sequence[str]) -> float:
    """How far the axis stands from the left edge, so that none of its numbers is cut."""
    return max(LEFT, LETTER * max(map(len, numbers)) + 8)


def _fitting(value: float) -> str:
    """The number in as many digits as there is room for.

    >>> _fitting(161.87), _fitting(0.0012689)
    ('161.9', '0.0013')
    """
    exact = f"{value:.{EXACT}g}"
    return exact if len(exact) <= ROOM else f"{value:.{SHORT}g}"


def _spots(
    line: Line, place: Callable[[float, float], tuple[float, float]], catalogue: Catalogue
) -> list[Markup]:
    """Unseen dots on the line that say its values, each of them or as many as fit."""
    points = [(x, y, words) for (x, y), words in zip(line.points, line.words, strict=False) if y is not None]
    step = -(-len(points) // SPOTS_MOST) or 1
    return [
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="5" class="spot">{}</circle>').format(
            *place(x, y), title(words, catalogue)
        )
        for x, y, words in points[::step]
    ]


def _path(line: Line, place: Callable[[float, float], tuple[float, float]]) -> Markup:
    """The line as one path; a point without a neighbour, which a path would not show, is a dot."""
    places = [None if y is None else place(x, y) for x, y in line.points]
    steps, dots = [], []
    for before, here, after in zip([None, *places], places, [*places[1:], None], strict=False):
        if here is None:
            continue
        if before is None and after is None:
            dots.append(here)
        else:
            steps.append(f"{'M' if before is None else 'L'}{here[0]:.1f} {here[1]:.1f}")
    dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4" class="point {}"/>')
    shapes = [dot.format(*each, line.kind) for each in dots]
    if steps:
        shapes.append(Markup('<path d="{}" class="line {}"/>').format("".join(steps), line.kind))
    return Markup("").join(shapes)
