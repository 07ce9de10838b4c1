"""Public scores against private ones: a square for as many teams as it is large, and the line of equals."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from markupsafe import Markup

from grader.messages import Catalogue, Message, translated
from server.web.rendering.charts.shapes import axis_line, label_at

SIDE, LEFT, TOP, BELOW = 240, 60, 10, 38
CELLS = 24  # on each side
EDGE_SHARE = 0.02  # of the scores at either end, which lie in the outermost cells


def pair_chart(pairs: Sequence[tuple[float, float]], *, decimals: int, catalogue: Catalogue) -> Markup:
    """Each team's public score across and its private score up, both on one scale.

    One path holds all squares, so that a thousand teams make a small page.
    """
    low, high = _range(pairs)

    def cell(score: float) -> int:
        share = (score - low) / (high - low) if high > low else 0.5
        return min(CELLS - 1, max(0, int(share * CELLS)))

    counts = Counter((cell(public), cell(private)) for public, private in pairs)
    most, step = max(counts.values()), SIDE / CELLS
    squares = []
    for (across, up), count in sorted(counts.items()):
        side = max(2.0, step * sqrt(count / most))
        x, y = LEFT + (across + 0.5) * step - side / 2, TOP + SIDE - (up + 0.5) * step - side / 2
        squares.append(f"M{x:.1f} {y:.1f}h{side:.1f}v{side:.1f}h-{side:.1f}z")
    bottom, right = TOP + SIDE, LEFT + SIDE
    body = [
        axis_line(LEFT, bottom, right, TOP, "guide"),
        axis_line(LEFT, TOP, LEFT, bottom, "rule"),
        axis_line(LEFT, bottom, right, bottom, "rule"),
        Markup('<path d="{}" class="marks"/>').format("".join(squares)),
        label_at(LEFT, bottom + 16, f"{low:.{decimals}f}", anchor="start"),
        label_at(right, bottom + 16, f"{high:.{decimals}f}", anchor="end"),
        label_at(LEFT - 4, bottom, f"{low:.{decimals}f}", anchor="end"),
        label_at(LEFT - 4, TOP + 10, f"{high:.{decimals}f}", anchor="end"),
        label_at(right, bottom + 32, translated(Message("Public score"), catalogue), anchor="end"),
        label_at(LEFT + 6, TOP + 10, translated(Message("Private score"), catalogue), anchor="start"),
    ]
    return Markup('<svg class="chart square" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        right + 12,
        bottom + BELOW,
        translated(Message("Public score against private score of each team"), catalogue),
        Markup("").join(body),
    )


def _range(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    scores = sorted(score for pair in pairs for score in pair)
    cut = int(EDGE_SHARE * len(scores))
    return scores[cut], scores[-1 - cut]
