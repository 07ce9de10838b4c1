"""Proofs of the metrics of predicted numbers."""

import numpy as np
import sklearn.metrics

from tests.grader.proofs.proof import Edge, Proof, Refused, Row, Trial


def table(rows: list[Row]) -> np.ndarray:
    """The rows as numbers, (n_rows, n_columns)."""
    return np.array([[float(value) for value in row] for row in rows])


def texts(values: np.ndarray) -> list[Row]:
    """Numbers as rows of fields."""
    return [[repr(value) for value in row] for row in values.tolist()]


def two_columns(rng: np.random.Generator, rows: int) -> Trial:
    """Two columns of very different size."""
    truth = rng.normal(size=(rows, 2)) * [1.0, 1000.0]
    return Trial(texts(truth), texts(truth + rng.normal(size=(rows, 2)) * 100), texts(truth))


TWO = {"target_columns": ("y", "z")}
NOT_FINITE = Edge([["1", "2"]], [["1", "nan"]], Refused.FILE)

PROOFS = {
    "rmse": Proof(
        make=two_columns,
        oracle=lambda truth, found: sklearn.metrics.root_mean_squared_error(table(truth), table(found)),
        edges={
            "one row": Edge([["1", "2"]], [["4", "2"]], 1.5),
            "nearly too large": Edge([["0", "0"]], [["1e100", "1e100"]], 1e100),
            "not finite": NOT_FINITE,
        },
        settings=TWO,
    ),
    "mae": Proof(
        make=two_columns,
        oracle=lambda truth, found: sklearn.metrics.mean_absolute_error(table(truth), table(found)),
        edges={"one row": Edge([["1", "2"]], [["4", "2"]], 1.5), "not finite": NOT_FINITE},
        settings=TWO,
    ),
}
