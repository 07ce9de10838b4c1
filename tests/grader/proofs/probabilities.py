"""Proofs of the metrics of scores and probabilities."""

import numpy as np
import sklearn.metrics

from tests.grader.proofs.proof import Edge, Proof, Refused, Row, Trial


def numbers(rows: list[Row], column: int = 0) -> np.ndarray:
    """One column of the rows as numbers."""
    return np.array([float(row[column]) for row in rows])


def texts(*columns: np.ndarray) -> list[Row]:
    """Columns of numbers as rows of fields."""
    return [[repr(value) for value in row] for row in np.column_stack(columns).tolist()]


def bits(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Zeros and ones, both among the first four and, whichever rows are public, in each half."""
    found = rng.integers(0, 2, rows)
    found[:8] = [0, 0, 1, 1, 0, 0, 1, 1][:rows]
    return found


def scores(rng: np.random.Generator, rows: int) -> Trial:
    """Classes 0 and 1, scores with ties, and the classes themselves as the perfect file."""
    truth = bits(rng, rows)
    return Trial(texts(truth), texts((rng.normal(size=rows) + truth).round(2)), texts(truth))


def probabilities(rng: np.random.Generator, rows: int) -> Trial:
    """Classes 0 and 1, and probabilities of which some are certain."""
    truth = bits(rng, rows)
    found = np.where(rng.random(rows) < 0.1, rng.integers(0, 2, rows), rng.random(rows))
    return Trial(texts(truth), texts(found), texts(truth))


PROOFS = {
    "roc_auc": Proof(
        make=scores,
        oracle=lambda truth, found: sklearn.metrics.roc_auc_score(numbers(truth), numbers(found)),
        edges={
            "one class": Edge([["1"], ["1"]], [["0.5"], ["0.1"]], Refused.KEY),
            "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.5),
            "the wrong way round": Edge([["1"], ["0"]], [["-1"], ["1e100"]], 0.0),
            "an infinite score": Edge([["1"], ["0"]], [["inf"], ["1"]], Refused.FILE),
        },
    ),
    "log_loss": Proof(
        make=probabilities,
        oracle=lambda truth, found: sklearn.metrics.log_loss(numbers(truth), numbers(found), labels=[0, 1]),
        edges={
            "one class": Edge([["1"], ["1"]], [["0.5"], ["0.5"]], float(np.log(2))),
            "certain and wrong": Edge([["1"]], [["0"]], 36.04365338911715),
            "certain and right": Edge([["1"], ["0"]], [["1"], ["0"]], 2.220446049250313e-16),
            "more than one": Edge([["1"]], [["1.5"]], Refused.FILE),
        },
    ),
}
