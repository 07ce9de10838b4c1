"""Proofs of the metrics of scores and probabilities."""

import math
from collections.abc import Callable

import numpy as np
import scipy.stats
import sklearn.metrics

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial


def numbers(rows: list[Row], column: int = 0) -> np.ndarray:
    """One column of the rows as numbers."""
    return np.array([float(row[column]) for row in rows])


def texts(*columns: np.ndarray) -> list[Row]:
    """Columns of numbers as rows of fields."""
    return [[repr(value) for value in row] for row in np.column_stack(columns).tolist()]


def bits(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Zeros and ones, both among the first four and, whichever rows are public, in each half."""
    predictions = rng.integers(0, 2, rows)
    predictions[:8] = [0, 0, 1, 1, 0, 0, 1, 1][:rows]
    return predictions


def scores(rng: np.random.Generator, rows: int) -> Trial:
    """Classes 0 and 1, scores with ties, and the classes themselves as the perfect file."""
    truth = bits(rng, rows)
    return Trial(texts(truth), texts((rng.normal(size=rows) + truth).round(2)), texts(truth))


def probabilities(rng: np.random.Generator, rows: int) -> Trial:
    """Classes 0 and 1, and probabilities of which some are certain."""
    truth = bits(rng, rows)
    predictions = np.where(rng.random(rows) < 0.1, rng.integers(0, 2, rows), rng.random(rows))
    return Trial(texts(truth), texts(predictions), texts(truth))


def several(rng: np.random.Generator, rows: int) -> Trial:
    """Three columns of 0 and 1, and a probability for each."""
    truth = np.column_stack([bits(rng, rows) for _ in range(3)])
    predictions = np.clip(rng.normal(0.4 + 0.2 * truth, 0.3), 0.0, 1.0).round(2)
    return Trial(texts(truth), texts(predictions), texts(truth))


def three_classes(rng: np.random.Generator, rows: int) -> Trial:
    """A label of three, and shares that do not add up to one."""
    codes = rng.integers(0, 3, rows)
    codes[:3] = [0, 1, 2]
    corners = np.eye(3)[codes]
    predictions = (rng.random((rows, 3)) + corners * rng.random((rows, 1))).clip(0.01, 1.0)
    return Trial([[LABELS[code]] for code in codes], texts(predictions), texts(corners))


def distributions(rng: np.random.Generator, rows: int) -> Trial:
    """Votes over three columns as shares, some of them none."""
    truth = np.where(rng.random((rows, 3)) < 0.3, 0.0, rng.random((rows, 3)))
    truth[:, 0] += 0.0 + (truth.sum(axis=1) == 0)
    return Trial(texts(truth), texts(rng.random((rows, 3)).clip(0.01)), texts(truth))


def shares(rows: list[Row]) -> np.ndarray:
    """The rows, each divided by its sum."""
    table = np.array([[float(value) for value in row] for row in rows])
    shares_of_row: np.ndarray = table / table.sum(axis=1, keepdims=True)
    return shares_of_row


def table(rows: list[Row]) -> np.ndarray:
    """The rows as numbers."""
    return np.array([[float(value) for value in row] for row in rows])


def surprise(truth: np.ndarray, predictions: np.ndarray) -> float:
    """Log loss, a row at a time: the probability that the true class was given, clipped at 1e-15."""
    chances = (chance if true else 1 - chance for true, chance in zip(truth, predictions, strict=True))
    return -sum(math.log(min(max(chance, 1e-15), 1 - 1e-15)) for chance in chances) / len(truth)


def of_classes(function: Callable[..., float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of class numbers and shares."""
    return lambda truth, predictions: float(
        function([LABELS.index(row[0]) for row in truth], shares(predictions))
    )


def one_column(function: Callable[..., float]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of two columns of numbers."""
    return lambda truth, predictions: float(function(numbers(truth), numbers(predictions)))


def crossing(truth: np.ndarray, predictions: np.ndarray) -> float:
    """The equal error rate by scikit-learn's curve and scipy's root."""
    alarms, hits, _ = sklearn.metrics.roc_curve(truth, predictions, drop_intermediate=False)
    over = alarms + hits - 1
    after = int(np.argmax(over >= 0))
    return float(np.interp(0.0, over[after - 1 : after + 1], alarms[after - 1 : after + 1]))


def soft_f1(truth: np.ndarray, predictions: np.ndarray) -> float:
    """pF1 from probabilistic precision and recall."""
    right = float(predictions[truth == 1].sum())
    precision, recall = right / max(float(predictions.sum()), 1e-300), right / float(truth.sum())
    return 2 * precision * recall / (precision + recall) if right else 0.0


def corner_distance(truth: list[int], predictions: np.ndarray) -> float:
    """Brier's score from the corners."""
    return float(((predictions - np.eye(3)[truth]) ** 2).sum(axis=1).mean())


LABELS = ("cat", "dog", "owl")
PER_CLASS = {"target_columns": ("y",), "labels": LABELS}
THREE = {"target_columns": ("a", "b", "c")}
NO_SHARES = Edge(
    [["cat"], ["dog"], ["owl"]], [["0", "0", "0"], ["0", "1", "0"], ["0", "0", "1"]], ExpectedRefusal.FILE
)
A_CLASS_MISSING = Edge([["cat"], ["dog"]], [["1", "0", "0"], ["0", "1", "0"]], ExpectedRefusal.KEY)
ONE_CLASS = Edge([["1"], ["1"]], [["0.5"], ["0.1"]], ExpectedRefusal.KEY)
NO_ONE = Edge([["0"], ["0"]], [["0.5"], ["0.1"]], ExpectedRefusal.KEY)
auc = sklearn.metrics.roc_auc_score


def per_class(function: Callable[..., float], *edges: tuple[str, Edge]) -> Proof:
    """A proof of one label against a column a class."""
    cases = {"a row of zeros": NO_SHARES, **dict(edges)}
    return Proof(make=three_classes, oracle=of_classes(function), edges=cases, settings=PER_CLASS)


PROOFS = {
    "roc_auc": Proof(
        make=scores,
        oracle=one_column(auc),
        edges={
            "one class": ONE_CLASS,
            "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.5),
            "the wrong way round": Edge([["1"], ["0"]], [["-1"], ["1e100"]], 0.0),
            "an infinite score": Edge([["1"], ["0"]], [["inf"], ["1"]], ExpectedRefusal.FILE),
        },
    ),
    "log_loss": Proof(
        make=probabilities,
        oracle=one_column(surprise),
        edges={
            "one class": Edge([["1"], ["1"]], [["0.5"], ["0.5"]], float(np.log(2))),
            "certain and wrong": Edge([["1"]], [["0"]], float(-np.log(1e-15))),
            "certain and right": Edge([["1"], ["0"]], [["1"], ["0"]], float(-np.log(1 - 1e-15))),
            "more than one": Edge([["1"]], [["1.5"]], ExpectedRefusal.FILE),
        },
    ),
    "average_precision": Proof(
        make=scores,
        oracle=one_column(sklearn.metrics.average_precision_score),
        edges={"no positive row": NO_ONE, "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.5)},
    ),
    "gini_normalised": Proof(
        make=scores,
        oracle=one_column(lambda truth, predictions: 2 * auc(truth, predictions) - 1),
        edges={"one class": ONE_CLASS, "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.0)},
    ),
    "eer": Proof(
        make=scores,
        oracle=one_column(crossing),
        edges={
            "one class": ONE_CLASS,
            "all scores equal": Edge([["1"], ["0"]], [["3"], ["3"]], 0.5),
            "the wrong way round": Edge([["1"], ["0"]], [["0"], ["1"]], 1.0),
        },
    ),
    "brier": Proof(
        make=probabilities,
        oracle=one_column(sklearn.metrics.brier_score_loss),
        edges={"certain and wrong": Edge([["1"], ["0"]], [["0"], ["1"]], 1.0)},
    ),
    "probabilistic_f1": Proof(
        make=probabilities,
        oracle=one_column(soft_f1),
        edges={"no positive row": NO_ONE, "nothing given": Edge([["1"], ["0"]], [["0"], ["0"]], 0.0)},
    ),
    "roc_auc_mean_columns": Proof(
        make=several,
        oracle=lambda truth, predictions: float(auc(table(truth), table(predictions), average="macro")),
        edges={
            "one class": Edge(
                [["1", "0", "1"], ["1", "1", "0"]], [["1", "1", "1"], ["0", "1", "1"]], ExpectedRefusal.KEY
            )
        },
        settings=THREE,
    ),
    "average_precision_mean_columns": Proof(
        make=several,
        oracle=lambda truth, predictions: float(
            sklearn.metrics.average_precision_score(table(truth), table(predictions))
        ),
        edges={
            "no positive row": Edge(
                [["0", "1", "1"], ["0", "1", "0"]], [["1", "1", "1"], ["0", "1", "1"]], ExpectedRefusal.KEY
            )
        },
        settings=THREE,
    ),
    "log_loss_mean_columns": Proof(
        make=several,
        oracle=lambda truth, predictions: float(
            np.mean([surprise(a, p) for a, p in zip(table(truth).T, table(predictions).T, strict=True)])
        ),
        edges={"certain and wrong": Edge([["1", "1", "1"]], [["0", "0", "0"]], float(-np.log(1e-15)))},
        settings=THREE,
    ),
    "log_loss_multiclass": per_class(
        lambda truth, predictions: sklearn.metrics.log_loss(truth, predictions, labels=[0, 1, 2]),
        ("sums are divided out", Edge([["cat"]], [["0.5", "0.5", "1"]], float(np.log(4)))),
    ),
    "brier_multiclass": per_class(corner_distance, ("the worst", Edge([["cat"]], [["0", "0", "1"]], 2.0))),
    "roc_auc_ovr_macro": per_class(
        lambda truth, predictions: auc(truth, predictions, multi_class="ovr", average="macro"),
        ("a class is missing", A_CLASS_MISSING),
    ),
    "roc_auc_ovr_weighted": per_class(
        lambda truth, predictions: auc(truth, predictions, multi_class="ovr", average="weighted"),
        ("a class is missing", A_CLASS_MISSING),
    ),
    "roc_auc_ovo_macro": per_class(
        lambda truth, predictions: auc(truth, predictions, multi_class="ovo", average="macro"),
        ("a class is missing", A_CLASS_MISSING),
    ),
    "kl_divergence": Proof(
        make=distributions,
        oracle=lambda truth, predictions: float(
            np.mean(scipy.stats.entropy(shares(truth), shares(predictions), axis=1))
        ),
        edges={"a share of 0": Edge([["1", "0", "0"]], [["0", "1", "1"]], float(-np.log(1e-15)))},
        settings=THREE,
    ),
}
