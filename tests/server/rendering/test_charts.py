"""Charts are as they were drawn and looked at, and no label of any of them is cut or covers another."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.web.rendering.charts import shapes as charts
from server.web.rendering.charts.ranks import RankMark, rank_chart
from server.web.rendering.charts.score_chart import BOLD_LETTER
from server.web.rendering.charts.shapes import LETTER, Line
from tests.server.rendering.drawn_charts import CHINESE, ENGLISH, FOLDER, drawn, normalised

ASCENT, DESCENT = 9.0, 3.0  # of a letter above and below its line, at most
WIDE_LETTER = 11.5
DRAWN = drawn()


@dataclass(frozen=True)
class Box:
    """Where a label lies."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def covers(self, other: "Box") -> bool:
        """Whether the two share any room."""
        beside = self.right <= other.left or other.right <= self.left
        return not beside and self.top < other.bottom and other.top < self.bottom


def width_of(text: str, letter: float) -> float:
    return sum(WIDE_LETTER if unicodedata.east_asian_width(sign) in "WF" else letter for sign in text)


def box_of(label: "ElementTree.Element[str]") -> Box:
    """The room of a label; one that stands upright is turned about its middle."""
    text = label.text or ""
    width = width_of(text, BOLD_LETTER if label.get("class", "").startswith("name") else LETTER)
    if "transform" in label.attrib:
        x, y = (float(part) for part in label.attrib["transform"].split("(")[1].split(")")[0].split())
        return Box(text, x - ASCENT, x + DESCENT, y - width / 2, y + width / 2)
    x, y = float(label.attrib["x"]), float(label.attrib["y"])
    left = {"start": x, "middle": x - width / 2, "end": x - width}[label.attrib["text-anchor"]]
    return Box(text, left, left + width, y - ASCENT, y + DESCENT)


def require_legible(svg: str) -> None:
    """Fail for a label that leaves the picture, or that covers another one."""
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    boxes = [box_of(label) for label in root.iter("text")]
    for box in boxes:
        assert box.left >= 0, box
        assert box.right <= width, box
        assert box.top >= 0, box
        assert box.bottom <= height, box
    for one, other in combinations(boxes, 2):
        assert not one.covers(other), (one, other)


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_chart_is_as_it_was_drawn(name: str) -> None:
    picture = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")

    assert normalised(DRAWN[name]) == picture, "python -m tests.server.rendering.drawn_charts writes it anew"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_can_be_looked_at(path: Path) -> None:
    root = ElementTree.parse(path).getroot()  # noqa: S314  # our own

    assert len(list(root)) > 3, "its shapes are elements, and no text"


def test_no_picture_is_left_of_a_chart_that_is_drawn_no_more() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(DRAWN)


@pytest.mark.parametrize("name", sorted(set(DRAWN) - {"timeline"}))
def test_the_labels_of_a_drawn_chart_are_legible(name: str) -> None:
    require_legible(DRAWN[name])


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=12), st.sampled_from([ENGLISH, CHINESE]))
@example([10**7], ENGLISH)
def test_no_label_of_a_bar_chart_is_cut_or_covered(counts: list[int], catalogue: object) -> None:
    svg = charts.bar_chart(
        counts,
        words=[str(count) for count in counts],
        first="11 Mar 2030, 12:00",
        last="13 Mar 2030, 11:00",
        label="Submissions",
        catalogue=catalogue,  # type: ignore[arg-type]
    )

    require_legible(svg)


@given(st.integers(1, 99_999), st.sampled_from([ENGLISH, CHINESE]))
@example(99_999, ENGLISH)
def test_no_label_of_a_shake_up_is_cut_or_covered(teams: int, catalogue: object) -> None:
    marks = [RankMark("A", 1, teams), RankMark("B", teams, 1)]
    svg = rank_chart(marks, own=marks[0], teams=teams, catalogue=catalogue)  # type: ignore[arg-type]

    require_legible(svg)


@given(st.integers(2, 300))
def test_the_teams_that_moved_farthest_in_a_shake_up_say_their_ranks(teams: int) -> None:
    marks = [RankMark("A<b>", 1, teams), *(RankMark("B", rank, rank - 1) for rank in range(2, teams + 1))]

    svg = rank_chart(marks, own=None, teams=teams, catalogue=ENGLISH)

    titles = re.findall(r"<title>([^<]+)</title>", svg)
    assert titles[0] == f"A&lt;b&gt;: rank 1 in public, {teams} in private"
    assert len(titles) == min(teams, charts.SPOTS_MOST)


def test_the_line_of_unmoved_ranks_lies_over_the_marks_of_a_shake_up() -> None:
    marks = [RankMark("A", 1, 2), RankMark("B", 2, 1)]

    svg = rank_chart(marks, own=None, teams=2, catalogue=ENGLISH)

    assert 0 < svg.index('class="marks"') < svg.index('class="guide unmoved"')


@given(st.lists(st.one_of(st.none(), st.integers(1, 9)), min_size=1, max_size=9).filter(any))
@example([1, None, 2, None, None, 3, 4])
def test_every_value_of_a_line_is_seen_whatever_gaps_are_beside_it(values: list[int | None]) -> None:
    svg = charts.line_chart(
        [Line(list(enumerate(values)))], label="Loss", first="1", last="9", catalogue=ENGLISH
    )

    lines = re.findall(r'<path d="([^"]+)" class="line', svg)
    strokes = [stroke for path in lines for stroke in re.findall(r"M[^M]+", path)]
    assert all("L" in stroke for stroke in strokes), "a path of one point shows nothing"
    corners = sum(len(re.findall(r"[ML]", path)) for path in lines)
    assert corners + svg.count('class="point') == sum(value is not None for value in values)


finite = st.floats(allow_nan=False, allow_infinity=False, width=64).filter(
    lambda x: x == 0 or 1e-290 < abs(x) < 1e290
)


@given(st.lists(finite, min_size=1, max_size=9), st.sampled_from([ENGLISH, CHINESE]))
@example([1e-10, -1.2345e-10], ENGLISH)
@example([123456.0, 123457.0], CHINESE)
@example([-1e300 / 1e11, 0.0], ENGLISH)
def test_no_label_of_a_line_chart_is_cut_or_covered(values: list[float], catalogue: object) -> None:
    line = Line(list(enumerate(values)), words=[str(value) for value in values])

    svg = charts.line_chart(
        [line],
        label="Training loss",
        first="epoch 1",
        last="1000",
        catalogue=catalogue,  # type: ignore[arg-type]
    )

    require_legible(svg)


def test_a_long_line_tells_some_of_its_points_and_a_short_one_each() -> None:
    def spots(count: int) -> int:
        line = Line([(x, x / 7) for x in range(count)], words=[str(x) for x in range(count)])
        svg = charts.line_chart([line], label="loss", first="1", last="9", catalogue=ENGLISH)
        return svg.count("<title>")

    assert spots(7) == 7
    assert 60 <= spots(1_000) <= charts.SPOTS_MOST
