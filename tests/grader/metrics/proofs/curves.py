"""Proofs of the metrics of part of a curve and of the ranking within a row."""

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.probabilities import (
    LABELS,
    ONE_CLASS,
    PER_CLASS,
    THREE,
    one_column,
    scores,
    several,
    table,
    texts,
    three_classes,
)
from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial


def banded(truth: np.ndarray, predictions: np.ndarray) -> float:
    """The area of both bands, a piece of the curve at a time, cut where it crosses the band's edge."""
    false, true, _ = sklearn.metrics.roc_curve(truth, predictions, drop_intermediate=False)
    area = 0.0
    for start in range(len(false) - 1):
        y, width, rise = true[start], np.diff(false)[start], np.diff(true)[start]
        for low, high, weight in ((0.0, 0.4, 2.0), (0.4, 1.0, 1.0)):
            cuts = [0.0, 1.0, *((level - y) / rise for level in (low, high) if rise)]
            places = np.unique(np.clip(cuts, 0.0, 1.0))
            heights = np.clip(y + places * rise, low, high) - low
            area += weight * width * float(np.trapezoid(heights, places))
    return area / (2.0 * 0.4 + 0.6)


def ranked_labels(truth: list[Row], predictions: list[Row]) -> float:
    """lwlrap by scikit-learn, a row weighing as much as it has labels."""
    true = table(truth)
    weights = true.sum(axis=1)
    return float(
        sklearn.metrics.label_ranking_average_precision_score(true, table(predictions), sample_weight=weights)
    )


def untied(rng: np.random.Generator, rows: int) -> Trial:
    """A label of three, and scores of any size, no two of them equal."""
    plain = three_classes(rng, rows)
    codes = np.array([LABELS.index(row[0]) for row in plain.truth])
    return Trial(
        plain.truth, texts(rng.normal(size=(rows, 3)) + np.eye(3)[codes]), texts(np.eye(3)[codes] + 0.0)
    )


def best_two(truth: list[Row], predictions: list[Row]) -> float:
    """Top-2 accuracy by scikit-learn."""
    codes = [LABELS.index(row[0]) for row in truth]
    return float(sklearn.metrics.top_k_accuracy_score(codes, table(predictions), k=2, labels=[0, 1, 2]))


PROOFS = {
    "partial_auc": Proof(
        make=scores,
        oracle=one_column(lambda a, p: sklearn.metrics.roc_auc_score(a, p, max_fpr=0.2)),
        edges={
            "one class": ONE_CLASS,
            "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.5),
            "the wrong way round": Edge([["1"], ["0"]], [["0"], ["1"]]),
        },
    ),
    "weighted_auc": Proof(
        make=scores,
        oracle=one_column(banded),
        edges={
            "one class": ONE_CLASS,
            "the wrong way round": Edge([["1"], ["0"]], [["0"], ["1"]], 0.0),
            "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]]),
        },
    ),
    "lwlrap": Proof(
        make=several,
        oracle=ranked_labels,
        edges={
            "no label at all": Edge([["0", "0", "0"]], [["1", "1", "1"]], ExpectedRefusal.KEY),
            "a row without labels": Edge([["0", "0", "0"], ["1", "0", "0"]], [["1", "1", "1"]] * 2, 1 / 3),
        },
        settings=THREE,
    ),
    "top_k_accuracy": Proof(
        make=untied,
        oracle=best_two,
        edges={
            "all scores equal": Edge([["cat"]], [["1", "1", "1"]], 0.0),
            "two tie at the first place": Edge([["cat"]], [["1", "1", "0"]], 1.0),
        },
        settings={**PER_CLASS, "arguments": {"k": 2}},
    ),
}
