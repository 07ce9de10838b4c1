"""What a page of a board adds to its rows: decimals that tell neighbours apart, and groups within noise."""

from collections.abc import Sequence
from itertools import pairwise

from server.serializers.values import Json


def laid_out(rows: Sequence[Json], everything: Sequence[Json], *, decimals: int) -> list[Json]:
    """Rows of a page, each with `decimals`, `group` and `band`.

    everything: the whole board's rows, so that a group is told with its last rank on whatever page it begins.
    group: of the first row of each group on the page, its first and last rank and its teams; None elsewhere,
    and where a standing is alone. band: whether the row's group is the second, fourth ... of the board.
    """
    groups: dict[int, Json] = {}
    for row in everything:
        if row["rank"] is not None:
            group = groups.setdefault(_first_rank(row), {"first": row["rank"], "teams": 0})
            group |= {"last": row["rank"], "teams": group["teams"] + 1}
    bands = {first: bool(place % 2) for place, first in enumerate(groups)}
    laid, before = [], None
    for row, places in zip(rows, _decimals(rows, decimals), strict=True):
        first = None if row["rank"] is None else _first_rank(row)
        begins = first is not None and first != before and groups[first]["teams"] > 1
        laid.append(
            row
            | {
                "decimals": places,
                "group": groups[first] if first is not None and begins else None,
                "band": first is not None and bands[first],
            }
        )
        before = before if first is None else first
    return laid


def _first_rank(row: Json) -> int:
    first: int = row["tied_with"] or row["rank"]
    return first


def _decimals(rows: Sequence[Json], decimals: int) -> list[int]:
    """One decimal more for neighbours whose scores would read the same and are not."""
    places = [decimals] * len(rows)
    for index, (above, below) in enumerate(pairwise(rows)):
        reads_the_same = round(above["score"], decimals) == round(below["score"], decimals)
        if reads_the_same and above["score"] != below["score"]:
            places[index] = places[index + 1] = decimals + 1
    return places
