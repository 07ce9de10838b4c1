"""Attacks on a public board, as code: what they gain, and what stops them."""

import math
from itertools import pairwise

import numpy as np
import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.grade import grade
from grader.metrics import METRICS
from grader.metrics.probabilities.probability import LOG_LOSS_EPSILON
from grader.scores.decimals import decimals_for, label_capacity
from grader.scores.ladder import ladder_score, step_for
from grader.spec import GradingSpec

# --- The log-loss oracle ---


class Oracle:
    """A log-loss competition that shows its scores rounded."""

    def __init__(self, public: int, private: int, decimals: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.decimals = decimals
        self.labels = rng.integers(0, 2, public + private)
        usage = rng.permutation(["Public"] * public + ["Private"] * private)
        self.public = np.flatnonzero(usage == "Public")
        lines = [
            f"{row},{label},{word}" for row, (label, word) in enumerate(zip(self.labels, usage, strict=True))
        ]
        spec = GradingSpec("log_loss", "id", ("y",))
        self.key = AnswerKey.from_csv("\n".join(["id,y,Usage", *lines, ""]).encode(), spec)

    def ask(self, probabilities: np.ndarray) -> str:
        """The public score as a student sees it."""
        lines = [f"{row},{float(value)!r}" for row, value in enumerate(probabilities)]
        scores = grade("\n".join(["id,y", *lines, ""]).encode(), self.key)
        return f"{scores.public:.{self.decimals}f}"


def probe(oracle: Oracle, rows: np.ndarray) -> list[int]:
    """The labels of these public rows, read off one score: row k weighs 2**k steps in it, all others none."""
    count = len(oracle.public)
    step = 10.0**-oracle.decimals * count
    weights = step * 2.0 ** np.arange(len(rows))
    probabilities = np.full(len(oracle.labels), 0.5)
    probabilities[rows] = 1.0 / (1.0 + np.exp(-weights))
    least = (count - len(rows)) * math.log(2.0) + float(np.log1p(np.exp(-weights)).sum())
    answer = round((float(oracle.ask(probabilities)) * count - least) / step)
    # A row of class 0 costs its weight more than a row of class 1.
    return [1 - (answer >> place & 1) for place in range(len(rows))]


def probed(public: int, decimals: int, labels: int) -> int:
    """How many of so many labels one score tells, over ten tries the fewest."""
    fewest = labels
    for seed in range(10):
        oracle = Oracle(public, 60, decimals, seed)
        rows = oracle.public[np.random.default_rng(seed).permutation(public)[:labels]]
        right = np.array(probe(oracle, rows)) == oracle.labels[rows]
        fewest = min(fewest, int(right.sum()))
    return fewest


@pytest.mark.parametrize("public", [100, 1_000, 3_000])
def test_one_log_loss_tells_as_many_labels_as_stated_and_no_more(public: int) -> None:
    decimals = decimals_for(public, METRICS["log_loss"])
    bound = label_capacity(public, decimals, epsilon=LOG_LOSS_EPSILON)

    assert bound <= 9
    assert probed(public, decimals, bound - 1) == bound - 1  # the attack works, up to the bound
    assert probed(public, decimals, bound + 4) < bound + 4


def test_with_all_digits_the_same_attack_would_tell_a_label_for_each_bit() -> None:
    assert probed(1_000, 13, 30) == 30


def test_no_score_tells_anything_of_private_rows() -> None:
    oracle = Oracle(500, 500, 15)
    private = np.setdiff1d(np.arange(1_000), oracle.public)
    probabilities = np.random.default_rng(2).random(1_000)
    score = oracle.ask(probabilities)

    probabilities[private] = 1.0 - probabilities[private]

    assert oracle.ask(probabilities) == score


def test_a_whole_term_of_five_a_day_tells_a_small_share_of_a_public_split() -> None:
    per_score = label_capacity(10_000, decimals_for(10_000), epsilon=LOG_LOSS_EPSILON)

    assert 5 * 28 * per_score < 0.1 * 10_000


@pytest.mark.parametrize(("rows", "decimals"), [(1, 3), (10, 3), (100, 3), (101, 4), (10_000, 4), (10**9, 6)])
def test_more_rows_support_more_decimals(rows: int, decimals: int) -> None:
    assert decimals_for(rows) == decimals


def test_the_step_that_is_shown_is_no_more_than_a_standard_error_and_not_absurdly_fine() -> None:
    for rows in (50, 500, 5_000, 50_000, 500_000):
        error = 0.5 / math.sqrt(rows)
        assert 0.004 * error <= 10.0 ** -decimals_for(rows) <= error


# --- Boosting lucky tries ---

ROWS, TRIES = 1_000, 700


def boosted(seed: int, *, ladder: bool) -> tuple[float, float]:
    """The shown and the true accuracy of the majority of random tries that were shown to beat the one before.

    The labels are coin flips, so that no submission is better than 0.5 on other rows.
    """
    rng = np.random.default_rng(seed)
    public, private = rng.integers(0, 2, ROWS), rng.integers(0, 2, ROWS)
    step = step_for(ROWS, METRICS["accuracy"])
    before: float | None = None
    votes = []

    def ask(predictions: np.ndarray) -> float:
        nonlocal before
        score = float((predictions[:ROWS] == public).mean())
        if ladder:
            score = before = ladder_score(before, score, step=step, higher_is_better=True)
        return score

    best = 0.5
    for _ in range(TRIES):
        guess = rng.integers(0, 2, 2 * ROWS)
        answer = ask(guess)
        if answer > (best if ladder else 0.5):
            votes.append(guess)
        best = answer
    majority = (np.mean(votes, axis=0) > 0.5).astype(int) if votes else guess
    return ask(majority), float((majority[ROWS:] == private).mean())


@pytest.mark.parametrize("seed", range(5))
def test_boosting_lucky_tries_fools_a_plain_board_and_not_the_ladder(seed: int) -> None:
    step = step_for(ROWS, METRICS["accuracy"])

    plain, plain_truth = boosted(seed, ladder=False)
    board_score, truth = boosted(seed, ladder=True)

    assert plain > 0.62
    assert abs(plain_truth - 0.5) < 0.06
    assert board_score - 0.5 <= 4 * step
    assert board_score < plain
    assert abs(truth - 0.5) < 0.06


def test_the_ladder_follows_true_progress_within_two_steps() -> None:
    rng = np.random.default_rng(4)
    step, before = step_for(ROWS, METRICS["accuracy"]), None
    for skill in np.linspace(0.5, 0.95, 40):
        score = float((rng.random(ROWS) < skill).mean())
        before = ladder_score(before, score, step=step, higher_is_better=True)
        assert before >= score - 2 * step


def test_the_ladder_never_goes_down_and_moves_in_whole_steps() -> None:
    rng = np.random.default_rng(5)
    for higher in (True, False):
        before: float | None = None
        board_scores = []
        for score in rng.normal(10.0, 1.0, 200):
            before = ladder_score(before, float(score), step=0.25, higher_is_better=higher)
            board_scores.append(before)
        moves = [after - first if higher else first - after for first, after in pairwise(board_scores)]
        assert min(moves) >= 0.0
        assert all(value * 4 == round(value * 4) for value in board_scores)


def test_a_metric_without_a_range_has_no_usual_step() -> None:
    with pytest.raises(ValueError, match="name the step"):
        step_for(1_000, METRICS["rmse"])
