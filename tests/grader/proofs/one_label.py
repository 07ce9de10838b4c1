"""Proofs of the metrics of one label a row."""

import numpy as np
import sklearn.metrics

from tests.grader.proofs.proof import Edge, Proof, Row, Trial


def labels(rng: np.random.Generator, rows: int, classes: int = 4, invented: int = 1) -> Trial:
    """Labels of some classes; a file that is half right and invents others."""
    truth = rng.integers(0, classes, rows)
    truth[:classes] = np.arange(classes)[:rows]
    guesses = rng.integers(0, classes + invented, rows)
    predictions = np.where(rng.random(rows) < 0.5, truth, guesses)
    return Trial(_rows(truth), _rows(predictions), _rows(truth))


def _rows(codes: np.ndarray) -> list[Row]:
    return [[f"class {code}"] for code in codes]


def column(rows: list[Row], number: int = 0) -> list[str]:
    """One column of the rows."""
    return [row[number] for row in rows]


ALL_WRONG = Edge([["a"], ["b"]], [["b"], ["a"]], 0.0)
ONE_ROW = Edge([["a"]], [["a"]], 1.0)

PROOFS = {
    "accuracy": Proof(
        make=labels,
        oracle=lambda truth, found: sklearn.metrics.accuracy_score(column(truth), column(found)),
        edges={
            "all wrong": ALL_WRONG,
            "one row": ONE_ROW,
            "text is compared exactly": Edge([["a"], ["7"]], [["A"], ["7"]], 0.5),
        },
    ),
    "f1_macro": Proof(
        make=labels,
        oracle=lambda truth, found: sklearn.metrics.f1_score(column(truth), column(found), average="macro"),
        edges={
            "all wrong": ALL_WRONG,
            "one row": ONE_ROW,
            "an invented label lowers the mean": Edge([["a"], ["a"]], [["a"], ["z"]], 1 / 3),
        },
    ),
}
