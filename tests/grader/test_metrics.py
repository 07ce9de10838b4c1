"""Every metric of the registry against its oracle, and what must hold for all of them."""

import doctest
import inspect
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import EmptySplit, OneClassOnly, UnknownMetric
from grader.metrics import LABEL, METRICS, NUMERIC, metric_named
from grader.metrics.pairs import _by_score, twice_the_wins
from tests.grader.cases import ORACLES

EVERY = pytest.mark.parametrize("name", METRICS)
CONTINUOUS = st.floats(-1e6, 1e6)
COARSE = st.integers(-3, 3).map(float)


def random_arrays(name: str, rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers and predictions of the shapes that the metric's kind says."""
    rng = np.random.default_rng(seed)
    kind = METRICS[name].kind
    if kind is LABEL:
        return rng.integers(0, 5, rows), rng.integers(0, 6, rows)
    if kind is NUMERIC:
        return rng.normal(size=(rows, 3)), rng.normal(size=(rows, 3)) * 100
    answers = rng.integers(0, 2, rows).astype(float)
    answers[:2] = [0.0, 1.0]
    return answers, np.where(
        rng.random(rows) < 0.2, rng.integers(0, 2, rows), rng.random(rows).round(seed % 5)
    )


def test_every_metric_has_an_oracle() -> None:
    assert ORACLES.keys() == METRICS.keys()


@EVERY
@pytest.mark.parametrize("rows", [2, 3, 17, 1000, 20_000])
@pytest.mark.parametrize("seed", range(5))
def test_a_metric_equals_its_oracle(name: str, rows: int, seed: int) -> None:
    answers, predictions = random_arrays(name, rows, seed)

    score = METRICS[name].function(answers, predictions)

    assert score == pytest.approx(ORACLES[name](answers, predictions), rel=1e-12, abs=1e-14)


@EVERY
def test_a_perfect_prediction_gets_the_best_value(name: str) -> None:
    metric = METRICS[name]
    answers, _ = random_arrays(name, 50, seed=1)

    score = metric.function(answers, answers)

    assert score == pytest.approx(metric.best, abs=1e-15)


@EVERY
@given(seed=st.integers(0, 1000), rows=st.integers(2, 60))
@settings(max_examples=15, deadline=None)
def test_a_score_lies_in_the_metrics_range(name: str, seed: int, rows: int) -> None:
    metric = METRICS[name]

    score = metric.function(*random_arrays(name, rows, seed))

    assert min(metric.best, metric.worst) <= score <= max(metric.best, metric.worst)


@EVERY
def test_the_direction_agrees_with_the_range(name: str) -> None:
    metric = METRICS[name]

    assert metric.higher_is_better == (metric.best > metric.worst)


@EVERY
def test_no_rows_have_no_score(name: str) -> None:
    answers, predictions = random_arrays(name, 10, seed=0)

    with pytest.raises(EmptySplit):
        METRICS[name].function(answers[:0], predictions[:0])


@EVERY
def test_the_arrays_given_are_not_changed(name: str) -> None:
    answers, predictions = random_arrays(name, 50, seed=2)
    before = answers.copy(), predictions.copy()

    METRICS[name].function(answers, predictions)

    np.testing.assert_array_equal(answers, before[0])
    np.testing.assert_array_equal(predictions, before[1])


@EVERY
def test_a_metric_has_an_example_that_runs(name: str) -> None:
    function = METRICS[name].function
    runner = doctest.DocTestRunner()
    module = sys.modules[function.__module__]

    for example in doctest.DocTestFinder().find(function, globs=vars(module).copy()):
        runner.run(example)

    assert runner.summarize(verbose=False).attempted > 0
    assert runner.summarize(verbose=False).failed == 0


@EVERY
def test_a_metric_says_its_source(name: str) -> None:
    assert "Source: " in inspect.getdoc(METRICS[name].function)


def test_one_class_has_no_auc() -> None:
    with pytest.raises(OneClassOnly):
        METRICS["roc_auc"].function(np.ones(3), np.arange(3.0))


def test_a_certain_and_wrong_probability_costs_the_worst_value_of_log_loss() -> None:
    metric = METRICS["log_loss"]

    score = metric.function(np.array([1.0]), np.array([0.0]))

    assert score == metric.worst


@pytest.mark.parametrize(
    "values", [COARSE, CONTINUOUS, st.sampled_from([1e-310, 2e-310, 1e99, -1e99, -0.0, 0.0])]
)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_auc_counts_the_pairs_that_a_double_loop_counts(
    values: st.SearchStrategy[float], data: st.DataObject
) -> None:
    scores = np.array(data.draw(st.lists(values, min_size=2, max_size=25)))
    positive = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))

    counted = sum(2 * (a > b) + (a == b) for a in scores[positive] for b in scores[~positive])

    assert twice_the_wins(scores, positive) == counted


@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e12])
def test_levels_that_are_too_coarse_do_not_change_an_auc(spread: float) -> None:
    rng = np.random.default_rng(5)
    scores = np.concatenate([rng.random(3000), rng.random(40) * 1e-9, [spread * 1e6]])
    positive = rng.random(len(scores)) < 0.3

    assert twice_the_wins(scores, positive) == _by_score(scores, positive)


def test_an_unknown_metric_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownMetric, match="accuracy, f1_macro, rmse"):
        metric_named("acuracy")
