"""What a page of a board adds to its rows: decimals that tell neighbours apart, and groups within noise."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.boards.decimals import decimals_of
from server.domain.boards.leaderboard import BoardRow
from server.serializers.values import Json


@dataclass(frozen=True)
class BoardLayout:
    """A whole board, as far as its rows depend on one another.

    decimals: of each row. groups: for the first rank of each, its first and last rank and its teams. bands:
    for the same, whether it is the second, fourth ... of the board.
    """

    decimals: Sequence[int]
    groups: dict[int, Json]
    bands: dict[int, bool]

    def lay_out(self, rows: Sequence[Json], *, places: Sequence[int]) -> list[Json]:
        """Rows that stand in these places of the board, each with `decimals`, `group` and `band`.

        group: of the first of these rows in each group; None elsewhere, and where a standing is alone.
        """
        laid, before = [], None
        for row, place in zip(rows, places, strict=True):
            first = None if row["rank"] is None else _first_rank(row)
            begins = first is not None and first != before and self.groups[first]["teams"] > 1
            laid.append(
                row
                | {
                    "decimals": self.decimals[place],
                    "group": self.groups[first] if first is not None and begins else None,
                    "band": first is not None and self.bands[first],
                }
            )
            before = before if first is None else first
        return laid


def layout_of(board: Sequence[Json], *, decimals: int) -> BoardLayout:
    """The layout of all rows of a board, each with its rank, tied_with and score."""
    groups: dict[int, Json] = {}
    for row in board:
        if row["rank"] is not None:
            group = groups.get(_first_rank(row))
            if group is None:
                groups[_first_rank(row)] = {"first": row["rank"], "last": row["rank"], "teams": 1}
            else:
                group["last"] = row["rank"]
                group["teams"] += 1
    bands = {first: bool(place % 2) for place, first in enumerate(groups)}
    return BoardLayout(decimals_of([row["score"] for row in board], decimals), groups, bands)


def layout_of_rows(rows: Sequence[BoardRow], *, decimals: int) -> BoardLayout:
    """The layout of a board as it is kept."""
    facts = [{"rank": row.rank, "tied_with": row.tied_with, "score": row.score} for row in rows]
    return layout_of(facts, decimals=decimals)


def _first_rank(row: Json) -> int:
    first: int = row["tied_with"] or row["rank"]
    return first
