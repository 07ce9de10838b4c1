"""What chance does to a board with two splits: how many places it moves teams, and how it flatters a best.

Both splits are samples of rows, so a team's two scores differ even when nobody fitted anything. These are the
numbers with which a course explains a shake-up.
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

SIMULATIONS = 200


def flattery(tries: int, error: float) -> float:
    """By how much the best of `tries` equally good submissions beats their true score, in the score's unit.

    error: the standard error of one score. The expected maximum of so many normal deviates, by the
    approximation of Blom 1958; submissions that resemble each other are flattered less.

    >>> round(flattery(1, 0.01), 4), round(flattery(20, 0.01), 4)
    (0.0, 0.0187)
    """
    return error * NormalDist().inv_cdf((tries - 0.375) / (tries + 0.25))


def moves_by_chance(scores: Sequence[float], first: Sequence[float], second: Sequence[float]) -> float:
    """How many places the median team moves between two splits if chance alone parts its two scores.

    scores: the teams' true scores, (n_teams,), in any unit. first, second: the standard errors of their
    scores on the two splits, (n_teams,), NaN for unknown, which is taken for the median of the known. Chance
    is drawn for each team by itself; on the same rows teams err together, so this is rather too many places
    than too few. Always the same for the same numbers; NaN without teams or without any standard error.

    >>> moves_by_chance([0.9, 0.5, 0.1], [0.001] * 3, [0.001] * 3)
    0.0
    """
    true_scores = np.asarray(scores, dtype=np.float64)
    errors = [np.asarray(each, dtype=np.float64) for each in (first, second)]
    if len(true_scores) == 0 or any(np.isnan(each).all() for each in errors):
        return float("nan")
    known_errors = [np.where(np.isnan(each), np.nanmedian(each), each) for each in errors]
    rng = np.random.default_rng(len(true_scores))
    places = np.empty((2, len(true_scores)), dtype=np.int64)
    moves = np.empty((SIMULATIONS, len(true_scores)), dtype=np.int64)
    in_order = np.arange(len(true_scores))
    for simulation in range(SIMULATIONS):
        for split, error in enumerate(known_errors):
            drawn_scores = true_scores + error * rng.standard_normal(len(true_scores))
            places[split, np.argsort(drawn_scores)] = in_order
        np.abs(places[0] - places[1], out=moves[simulation])
    return float(np.median(moves))
