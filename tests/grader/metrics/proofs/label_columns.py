"""Proofs of the metrics of a column of 0 and 1 a label."""

from collections.abc import Callable

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.probabilities import THREE, table
from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial


def label_table(rng: np.random.Generator, rows: int) -> Trial:
    """Three columns, some rows without a label on either side."""
    truth = rng.integers(0, 2, (rows, 3)) * (rng.random((rows, 1)) < 0.8)
    truth[0] = 1
    predictions = np.where(rng.random((rows, 3)) < 0.3, 1 - truth, truth)
    return Trial(written(truth), written(predictions), written(truth))


def written(cells: np.ndarray) -> list[Row]:
    """Cells as fields, a 0 or 1 written in either of two ways."""
    return [[("0.0", "1")[cell] for cell in row] for row in cells.tolist()]


def by(function: Callable[..., float], **settings: object) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of scikit-learn over tables of whole numbers."""
    return lambda truth, predictions: float(
        function(table(truth).astype(int), table(predictions).astype(int), **settings)
    )


NO_LABEL = Edge([["0", "0", "0"]], [["0", "0", "0"]], 1.0)
ALL_WRONG = Edge([["1", "0", "1"]], [["0", "1", "0"]], 0.0)
A_PROBABILITY = Edge([["1", "0", "1"]], [["0.5", "1", "0"]], ExpectedRefusal.FILE)
EDGES = {"no label": NO_LABEL, "all wrong": ALL_WRONG, "a probability": A_PROBABILITY}
metrics = sklearn.metrics


def columns(oracle: Callable[[list[Row], list[Row]], float], **edges: Edge) -> Proof:
    """A proof over three columns."""
    return Proof(make=label_table, oracle=oracle, edges=EDGES | edges, settings=THREE)


PROOFS = {
    "hamming_loss": columns(
        by(metrics.hamming_loss),
        **{
            "no label": Edge([["0", "0", "0"]], [["0", "0", "0"]], 0.0),
            "all wrong": Edge([["1", "0", "1"]], [["0", "1", "0"]], 1.0),
        },
    ),
    "f1_samples_columns": columns(by(metrics.f1_score, average="samples", zero_division=1.0)),
    "jaccard_samples_columns": columns(by(metrics.jaccard_score, average="samples", zero_division=1.0)),
    "exact_match_columns": columns(by(metrics.accuracy_score)),
    "f1_micro_columns": columns(
        by(metrics.f1_score, average="micro", zero_division=0.0),
        **{"no label": Edge([["0", "0", "0"]], [["0", "0", "0"]], 0.0)},
    ),
    "f1_macro_columns": columns(
        by(metrics.f1_score, average="macro", zero_division=0.0),
        **{"no label": Edge([["0", "0", "0"]], [["0", "0", "0"]], 0.0)},
    ),
}
