"""Rows that a column of the key weighs, in the metrics that are means over rows."""

import numpy as np
import pytest
import sklearn.metrics

from grader.answer_keys.answer_key import AnswerKey
from grader.check import read_and_align
from grader.errors import InvalidAnswerKey
from grader.grade import grade_with_errors
from grader.metrics import METRICS
from grader.scores.split_rows import Rows
from grader.spec import GradingSpec
from tests.grader.cases import written

WEIGHABLE = ("rmse", "mcrmse", "mse", "log_loss", "brier")
ORACLES = {
    "rmse": sklearn.metrics.root_mean_squared_error,
    "mcrmse": sklearn.metrics.root_mean_squared_error,
    "mse": sklearn.metrics.mean_squared_error,
    "log_loss": sklearn.metrics.log_loss,
    "brier": sklearn.metrics.brier_score_loss,
}
ROWS = 600


def rows_of(metric: str, weights: list[float]) -> tuple[AnswerKey, bytes, np.ndarray, np.ndarray]:
    """A key with weights, an upload, the true values and the predicted ones."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, ROWS)
    predictions = np.clip(truth * 0.5 + rng.random(ROWS) * 0.5, 0.01, 0.99)
    usage = [("Public", "Private")[row % 2] for row in range(ROWS)]
    key = written(
        [
            ["id", "y", "w", "Usage"],
            *(
                [str(row * 7919 % 10007), str(truth[row]), repr(weights[row]), usage[row]]
                for row in range(ROWS)
            ),
        ]
    )
    upload = written(
        [["id", "y"], *([str(row * 7919 % 10007), repr(float(predictions[row]))] for row in range(ROWS))]
    )
    spec = GradingSpec(metric, "id", ("y",), auxiliary={"weights": "w"})
    return AnswerKey.from_csv(key, spec), upload, truth[::2], predictions[::2]


def test_every_metric_that_may_be_weighed_is_proven_here() -> None:
    optional = {name for name, metric in METRICS.items() if "weights" in metric.optional}

    assert optional == set(WEIGHABLE)


@pytest.mark.parametrize("metric", WEIGHABLE)
def test_a_weighed_score_is_scikit_learns_and_its_error_that_of_drawn_rows(metric: str) -> None:
    weights = np.random.default_rng(4).integers(0, 5, ROWS).astype(float)
    key, upload, truth, predictions = rows_of(metric, weights.tolist())

    scores = grade_with_errors(upload, key)

    assert scores.public == pytest.approx(
        ORACLES[metric](truth, predictions, sample_weight=weights[::2]), rel=1e-12
    )
    columns, places = read_and_align(upload, key.layout)
    rows: Rows = key.rows_of(key.arrange(columns.values, places), key.public)
    rng = np.random.default_rng(5)
    drawings = [rows.take(rng.integers(0, len(rows), len(rows))).score() for _ in range(400)]
    assert scores.public_error == pytest.approx(np.std(drawings, ddof=1), rel=0.15)


@pytest.mark.parametrize("metric", WEIGHABLE)
def test_equal_weights_are_as_none(metric: str) -> None:
    key, upload, truth, predictions = rows_of(metric, [2.5] * ROWS)

    assert grade_with_errors(upload, key).public == pytest.approx(ORACLES[metric](truth, predictions))


def test_a_split_without_weight_is_refused() -> None:
    with pytest.raises(InvalidAnswerKey, match="all weights are 0"):
        rows_of("rmse", [float(row % 2) for row in range(ROWS)])
