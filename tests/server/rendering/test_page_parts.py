"""The parts of pages that need no server: pages of a board, charts, where a sign-in may lead."""

from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from languages.catalogue import templates
from server.clock import utc_now
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.veil import SeenRows
from server.web.boards.leaderboard import PAGE_ROWS, page_of
from server.web.boards.rows import layout_of
from server.web.people.sign_in import same_site
from server.web.rendering.charts import shapes as charts
from server.web.rendering.charts.score_chart import (
    BOLD_LETTER,
    LINE_HEIGHT,
    ChartPoint,
    ThresholdLine,
    score_chart,
)
from server.web.rendering.charts.shapes import HEIGHT, LETTER, WIDTH

ENGLISH = templates("en")


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/\n/x"]
)
def test_a_next_that_leads_away_leads_to_the_first_page(path: str) -> None:
    assert same_site(path) == "/"


def board_row(number: int) -> BoardRow:
    return BoardRow(
        rank=number,
        tied_with=None,
        team_id=number,
        team=f"team {number}",
        tier=None,
        hint=None,
        hardware="a laptop",
        minutes=None,
        score=1 / number,
        received_at=utc_now(),
        submissions=1,
    )


def test_the_own_row_is_shown_beside_a_page_that_does_not_have_it() -> None:
    rows = [board_row(number) for number in range(1, 251)]

    first, third, beyond = (
        page_of(SeenRows(rows, rows), team_id=203, page=page, decimals=4) for page in (1, 3, 99)
    )

    assert len(first["board"]) == PAGE_ROWS
    assert (first["own"]["team"], first["own_page"], first["pages"]) == ("team 203", 3, 3)
    assert third["own"] is None
    assert [row["team"] for row in third["board"] if row["mine"]] == ["team 203"]
    assert beyond["page"] == 3


numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 4) + 0.0)  # a page writes no minus nothing


def test_a_group_within_noise_is_told_where_it_begins_and_on_each_page_it_goes_on() -> None:
    ranks = [(1, None), (2, 1), (None, None), (3, 1), (4, None), (5, None), (6, 5)]
    board = [{"rank": rank, "tied_with": tied, "score": 0.5} for rank, tied in ranks]

    pages_of_board = [
        layout_of(board, decimals=2).lay_out(
            board[start : start + 3], places=range(len(board))[start : start + 3]
        )
        for start in (0, 3, 6)
    ]

    groups = [[row["group"] for row in rows] for rows in pages_of_board]
    first, last = {"first": 1, "last": 3, "teams": 3}, {"first": 5, "last": 6, "teams": 2}
    assert groups == [[first, None, None], [first, None, last], [last]]
    assert [row["band"] for rows in pages_of_board for row in rows] == [False] * 4 + [True] + [False] * 2


@given(
    scores=st.lists(st.tuples(numbers, st.none() | numbers), min_size=1, max_size=6),
    limits=st.lists(numbers, max_size=4),
    higher_is_better=st.booleans(),
)
@example(scores=[(110.1668, None), (104.5, None)], limits=[105.0, 105.1], higher_is_better=False)
@example(scores=[(0.0443, -0.5), (0.0, None)], limits=[], higher_is_better=True)
def test_every_number_of_a_score_chart_is_inside_and_covers_no_other(
    scores: list[tuple[float, float | None]], limits: list[float], higher_is_better: bool
) -> None:
    now = utc_now()
    points = [
        ChartPoint(now + timedelta(hours=n), public, False, False, private_score=private)
        for n, (public, private) in enumerate(scores)
    ]

    svg = score_chart(
        points,
        [
            ThresholdLine(tier, limit)
            for tier, limit in zip(("simple", "medium", "strong", "boss"), limits, strict=False)
        ],
        higher_is_better=higher_is_better,
        decimals=4,
        first="1 Mar",
        last="2 Mar",
        catalogue=ENGLISH,
    )

    texts = list(ElementTree.fromstring(svg).iter("text"))  # noqa: S314  # our own
    grid = [text.text for text in texts if text.attrib["text-anchor"] == "end" and text.text != "2 Mar"]
    assert 2 <= len(set(grid)) == len(grid) <= 6
    for text in texts:
        letter = BOLD_LETTER if text.attrib["class"].startswith("name") else LETTER
        x, width = float(text.attrib["x"]), letter * len(text.text or "")
        left, right = (x - width, x) if text.attrib["text-anchor"] == "end" else (x, x + width)
        assert left >= 0
        assert right <= WIDTH
    for side in ("end", "start"):
        labels = [
            text
            for text in texts
            if text.attrib["text-anchor"] == side and text.text not in ("1 Mar", "2 Mar")
        ]
        heights = sorted(float(text.attrib["y"]) for text in labels)
        assert all(below - above >= LINE_HEIGHT - 0.11 for above, below in pairwise(heights))
        assert all(0 <= height <= HEIGHT for height in heights)


@pytest.mark.parametrize("count", [1, 2, 40])
@pytest.mark.parametrize("higher_is_better", [True, False])
def test_a_score_chart_is_well_formed_with_better_scores_above(count: int, higher_is_better: bool) -> None:
    now = utc_now()
    points = [ChartPoint(now + timedelta(hours=n), n / 10, n == 0, False) for n in range(count)]

    svg = score_chart(
        points,
        [ThresholdLine("simple", 0.5)],
        higher_is_better=higher_is_better,
        decimals=3,
        first="<first>",
        last="last",
        catalogue=ENGLISH,
    )

    heights = [float(dot.attrib["cy"]) for dot in ElementTree.fromstring(svg).iter("circle")]  # noqa: S314  # our own
    assert heights == sorted(heights, reverse=higher_is_better)
    assert "&lt;first&gt;" in svg


def heights_of(values: list[float]) -> tuple[list[float], str]:
    """How far down a line chart puts these values, and its words."""
    line = charts.Line(list(enumerate(values)))
    svg = charts.line_chart([line], label="loss", first="first", last="last", catalogue=ENGLISH)
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own
    (path,) = root.iter("path")
    steps = [step.split(" ") for step in path.attrib["d"].lstrip("M").split("L")]
    return [float(height) for _, height in steps], " ".join(text.text or "" for text in root.iter("text"))


def test_values_of_several_powers_of_ten_stand_apart_in_a_line_chart_which_says_how() -> None:
    heights, words = heights_of([1000.0, 10.0, 0.1, 0.0012689])

    first, second, third, last = heights
    assert second - first == pytest.approx(third - second, abs=0.2)
    assert last > third > second > first
    assert "logarithmic" in words
    assert "0.01 0.1 1 10 100 1,000" in words


@pytest.mark.parametrize("values", [[4.0, 2.0, 0.0], [1000.0, 0.5, -0.5], [3.0, 2.0, 1.0]])
def test_values_of_one_size_or_not_above_zero_stand_evenly(values: list[float]) -> None:
    heights, words = heights_of(values)

    top, middle, bottom = values
    share = (heights[1] - heights[0]) / (heights[2] - heights[0])
    assert share == pytest.approx((top - middle) / (top - bottom), abs=0.01)
    assert "logarithmic" not in words
