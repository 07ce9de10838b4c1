"""The shake-up as a picture: each team's public rank against its private one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from grader.messages import Catalogue, Message, translated
from server.web.rendering.charts.shapes import SPOTS_MOST, TOP, axis_line, label_at, title

SIDE, SQUARE_LEFT, BELOW, MARK = 360, 46, 40, 3.0
Place = Callable[["RankMark"], tuple[float, float]]


@dataclass(frozen=True)
class RankMark:
    """A team under the name by which the viewer knows it, and its two ranks."""

    team: str
    public: int
    private: int


def rank_chart(
    marks: Sequence[RankMark], *, own: RankMark | None, teams: int, catalogue: Catalogue
) -> Markup:
    """A mark a team, its public rank across, its private rank down; rank 1 is at the top left.

    marks: those that the viewer may read; `own` stands out, be it among them or not. teams: how many there
    are in all, which is the last rank. One path holds all marks, so that a thousand teams make a small page.
    """
    last = max(2, teams)

    def place(mark: RankMark) -> tuple[float, float]:
        x, y = ((rank - 1) / (last - 1) * SIDE for rank in (mark.public, mark.private))
        return SQUARE_LEFT + x, TOP + y

    squares = "".join(
        f"M{x - MARK / 2:.1f} {y - MARK / 2:.1f}h{MARK}v{MARK}h-{MARK}z" for x, y in map(place, marks)
    )
    body = [
        axis_line(SQUARE_LEFT, TOP, SQUARE_LEFT, TOP + SIDE, "rule"),
        axis_line(SQUARE_LEFT, TOP + SIDE, SQUARE_LEFT + SIDE, TOP + SIDE, "rule"),
        Markup('<path d="{}" class="marks"/>').format(squares),
        axis_line(SQUARE_LEFT, TOP, SQUARE_LEFT + SIDE, TOP + SIDE, "guide unmoved"),  # marks crowd there
        *_rank_axes(last, catalogue),
        *_largest_moves(marks, place, catalogue),
    ]
    if own is not None:
        words = Message(
            "You: rank {public:,} in public, {private:,} in private", public=own.public, private=own.private
        )
        dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="6" class="dot final">{}</circle>')
        body.append(dot.format(*place(own), title(words, catalogue)))
    return Markup('<svg class="chart square" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        SQUARE_LEFT + SIDE + 12,
        TOP + SIDE + BELOW,
        translated(Message("Public rank against private rank of each team"), catalogue),
        Markup("").join(body),
    )


def _largest_moves(marks: Sequence[RankMark], place: Place, catalogue: Catalogue) -> list[Markup]:
    """Unseen dots that say who moved farthest and to where, of all teams where they are few."""
    farthest = sorted(marks, key=lambda mark: -abs(mark.public - mark.private))[:SPOTS_MOST]
    spot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="5" class="spot">{}</circle>')
    return [
        spot.format(
            *place(mark),
            title(
                Message(
                    "{team}: rank {public:,} in public, {private:,} in private",
                    team=mark.team,
                    public=mark.public,
                    private=mark.private,
                ),
                catalogue,
            ),
        )
        for mark in farthest
    ]


def _rank_axes(last: int, catalogue: Catalogue) -> list[Markup]:
    bottom = TOP + SIDE
    public, private = translated([Message("public rank"), Message("private rank")], catalogue)
    side = Markup('<text text-anchor="middle" transform="translate(14 {}) rotate(-90)">{}</text>')
    return [
        label_at(SQUARE_LEFT, bottom + 16, "1", anchor="start"),
        label_at(SQUARE_LEFT + SIDE, bottom + 16, f"{last:,}", anchor="end"),
        label_at(SQUARE_LEFT + SIDE / 2, bottom + 32, public, anchor="middle"),
        label_at(SQUARE_LEFT - 6, TOP + 8, "1", anchor="end"),
        label_at(SQUARE_LEFT - 6, bottom, f"{last:,}", anchor="end"),
        side.format(TOP + SIDE / 2, private),
    ]
