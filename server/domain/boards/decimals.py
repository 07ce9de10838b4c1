"""How many decimals each score of a board is shown with: no two neighbours that differ read the same."""

from collections.abc import Sequence
from itertools import pairwise

MORE = 8  # decimals at most beyond the competition's own


def decimals_of(scores: Sequence[float], decimals: int) -> list[int]:
    """The decimals of each of a board's scores in its order: as few as tell neighbours apart.

    >>> decimals_of([0.81, 0.80004, 0.80001, 0.80001], 4), decimals_of([0.5000000012, 0.5000000011], 4)
    ([4, 5, 5, 4], [10, 10])
    """
    places = [decimals] * len(scores)
    for index, (above, below) in enumerate(pairwise(scores)):
        if above != below and round(above, decimals) == round(below, decimals):
            needed = _needed(above, below, decimals)
            places[index] = max(places[index], needed)
            places[index + 1] = max(places[index + 1], needed)
    return places


def _needed(above: float, below: float, decimals: int) -> int:
    tries = range(decimals + 1, decimals + MORE + 1)
    return next((each for each in tries if round(above, each) != round(below, each)), tries[-1])
