"""One of each chart that pages draw, for fixed numbers; run, this writes the pictures that tests compare.

.venv/bin/python -m tests.server.rendering.drawn_charts
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from markupsafe import Markup

from languages.catalogue import templates
from server.web.rendering.charts import shapes as charts
from server.web.rendering.charts import shares
from server.web.rendering.charts.curves import curve_charts
from server.web.rendering.charts.ranks import RankMark, rank_chart
from server.web.rendering.charts.score_chart import ChartPoint, ThresholdLine, score_chart

FOLDER = Path(__file__).parent / "charts"
ENGLISH, CHINESE = templates("en"), templates("zh-TW")
BEGIN = datetime(2030, 3, 11, 4, 0, tzinfo=UTC)
SCORES = [(0.5512, 0.5431), (0.6120, 0.6011), (0.6093, None), (0.7455, 0.7203), (0.7301, 0.7342)]
TIERS = [ThresholdLine(*each) for each in (("simple", 0.55), ("medium", 0.70), ("strong", 0.705))]
LOSSES = [1000.0, 40.0, 2.5, 0.31, 0.0087]
RANKS = [RankMark(f"Team {rank}", rank, to) for rank, to in enumerate((3, 1, 2, 8, 5, 4, 7, 6), start=1)]


def scores(*, has_private: bool, higher_is_better: bool) -> Markup:
    """A team's scores over time, one of them a final selection, one late."""
    points = [
        ChartPoint(
            BEGIN + timedelta(hours=7 * number),
            public,
            is_final=number == 3,
            is_late=number == 4,
            words=f"file {number}: {public}",
            private_score=private if has_private else None,
        )
        for number, (public, private) in enumerate(SCORES)
    ]
    return score_chart(
        points,
        TIERS,
        higher_is_better=higher_is_better,
        decimals=4,
        first="11 Mar, 12:00",
        last="12 Mar, 16:00",
        catalogue=ENGLISH,
    )


def bars() -> Markup:
    """Submissions by the hour."""
    counts = [0, 3, 12, 0, 1, 7, 1240, 88]
    return charts.bar_chart(
        counts,
        words=[f"hour {hour}: {count}" for hour, count in enumerate(counts)],
        first="11 Mar, 12:00",
        last="11 Mar, 19:00",
        label="Submissions in each of 8 hours",
        catalogue=ENGLISH,
    )


def life() -> Markup:
    """A competition between its deadline and the last instant for late files."""
    week = timedelta(days=7)
    return charts.timeline(
        opens=BEGIN,
        deadline=BEGIN + week,
        late=BEGIN + 2 * week,
        reveal=BEGIN + 3 * week,
        now=BEGIN + 1.5 * week,
    )


def curve(values: list[float], *, place: int) -> Markup:
    """A run's curve: its loss, or its held-out score."""
    points = [
        {"epoch": float(epoch), "loss": value, "score": 1 / (1 + value)}
        for epoch, value in enumerate(values, 1)
    ]
    chart: Markup = curve_charts(points, ENGLISH)[place]["chart"]  # type: ignore[arg-type]
    return chart


def lines() -> Markup:
    """Three runs over one axis, one of a single point."""
    runs = [
        charts.Line([(0.0, 3.0), (50.0, 2.0), (100.0, 1.5)], "stroke-simple"),
        charts.Line([(0.0, 2.8), (40.0, None), (100.0, 1.2)], "stroke-medium"),
        charts.Line([(100.0, 2.2)], "stroke-boss"),
    ]
    return charts.line_chart(
        runs, label="Training loss", first="first epoch", last="last epoch", catalogue=ENGLISH
    )


def pie() -> Markup:
    """Students by department, the last slice of several folded together."""
    sizes = [310, 285, 120, 13]
    return shares.pie_chart(
        sizes,
        colours=[0, 1, 2, shares.REST],
        words=[f"{size} students" for size in sizes],
        label="Students by department",
        catalogue=ENGLISH,
    )


def distribution() -> Markup:
    """Scores of teams with tiers close to each other and at the edge, and one's own."""
    values = [0.5 + 0.4 * (number % 37) / 37 for number in range(200)] + [0.01]
    limits = {"simple": 0.55, "medium": 0.70, "strong": 0.705, "boss": 0.95}
    bins = shares.bins_of(values, limits)
    return shares.histogram(
        bins,
        limits,
        words=[f"{one.count} teams" for one in bins],
        own=0.88,
        decimals=4,
        label="Public scores",
        catalogue=CHINESE,
    )


def drawn() -> dict[str, Markup]:
    """Each chart by the name of its picture."""
    return {
        "scores": scores(has_private=False, higher_is_better=True),
        "scores_with_private_ones": scores(has_private=True, higher_is_better=True),
        "scores_of_an_error": scores(has_private=True, higher_is_better=False),
        "submissions_by_hour": bars(),
        "timeline": life(),
        "shake_up": rank_chart(RANKS, own=RANKS[3], teams=8, catalogue=ENGLISH),
        "shake_up_in_chinese": rank_chart(RANKS, own=None, teams=8, catalogue=CHINESE),
        "loss_in_powers_of_ten": curve(LOSSES, place=0),
        "held_out_score": curve(LOSSES, place=1),
        "losses_of_runs": lines(),
        "students_by_department": pie(),
        "distribution_of_scores": distribution(),
    }


def normalised(svg: str) -> str:
    """A chart with one shape a line, so that a difference is a few lines."""
    return str.replace(svg, "><", ">\n<").rstrip() + "\n"  # Markup's own would escape the marks


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, svg in drawn().items():
        (FOLDER / f"{name}.svg").write_text(normalised(svg), encoding="utf-8")
