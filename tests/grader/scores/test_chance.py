"""What chance does to a board: by simulation, and at its edges."""

import math

import numpy as np
import pytest

from grader.scores.chance import flattery, moves_by_chance


@pytest.mark.parametrize("tries", [1, 2, 5, 20, 100])
def test_the_best_of_equals_is_flattered_as_a_simulation_says(tries: int) -> None:
    simulation = np.random.default_rng(1).standard_normal((40_000, tries)).max(axis=1).mean()

    assert flattery(tries, 0.02) == pytest.approx(0.02 * simulation, abs=0.02 * 0.03)


def test_without_noise_nobody_moves_and_with_much_noise_the_order_is_random() -> None:
    scores = list(np.linspace(0, 1, 200))

    quiet = moves_by_chance(scores, [1e-6] * 200, [1e-6] * 200)
    loud = moves_by_chance(scores, [1e3] * 200, [1e3] * 200)

    assert quiet == 0
    # Of two random places among n the median distance is n (1 - 1 / sqrt 2).
    assert loud == pytest.approx(200 * (1 - math.sqrt(0.5)), abs=4)


def test_unknown_errors_are_taken_for_the_median_and_none_at_all_gives_no_answer() -> None:
    scores, nan = [0.1, 0.2, 0.3, 0.4], math.nan

    assert moves_by_chance(scores, [0.1, nan, 0.1, 0.1], [0.1] * 4) == moves_by_chance(
        scores, [0.1] * 4, [0.1] * 4
    )
    assert math.isnan(moves_by_chance(scores, [nan] * 4, [0.1] * 4))
    assert math.isnan(moves_by_chance([], [], []))
