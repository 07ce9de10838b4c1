"""Proofs of the metrics of forecasts and of calibration."""

import math
from itertools import product

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.numbers import TWO, ZERO_KEY, table, texts, two_columns
from tests.grader.metrics.proofs.probabilities import (
    NO_SHARES,
    PER_CLASS,
    THREE,
    probabilities,
    several,
    shares,
    three_classes,
)
from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial

SCALES = {"target_columns": ("y",), "auxiliary": {"scales": "scale", "groups": "series"}}
CROSSED = [["1"], ["1"]], [["2", "0"], ["0", "2"]]


def series(rng: np.random.Generator, rows: int) -> Trial:
    """Numbers of three series of very different size, each with its own step."""
    names = rng.choice(["small", "large", "huge"], rows)
    steps = {"small": 0.5, "large": 40.0, "huge": 9000.0}
    truth = np.array([[steps[name] * rng.normal()] for name in names])
    predictions = truth + np.array([[steps[name] * rng.normal()] for name in names])
    key = [[*row, repr(steps[name]), name] for row, name in zip(texts(truth), names, strict=True)]
    return Trial(key, texts(predictions), texts(truth))


def scaled(truth: list[Row], predictions: list[Row], power: int) -> float:
    """A series at a time, a row at a time."""
    terms: dict[str, list[float]] = {}
    for (true, scale, name), (predicted,) in zip(truth, predictions, strict=True):
        terms.setdefault(name, []).append(abs(float(true) - float(predicted)) ** power / float(scale))
    means = [math.fsum(each) / len(each) for each in terms.values()]
    return math.fsum(mean ** (1 / power) for mean in means) / len(means)


def share_of_sums(truth: list[Row], predictions: list[Row]) -> float:
    """By scikit-learn's mean absolute errors, over those of a prediction of 0."""
    zeros = np.zeros_like(table(truth))
    raw = [
        sklearn.metrics.mean_absolute_error(table(truth), other, multioutput="raw_values")
        for other in (table(predictions), zeros)
    ]
    return float(np.mean(raw[0] / raw[1]))


def median_share(truth: list[Row], predictions: list[Row]) -> float:
    """By scikit-learn, of the shares."""
    true, predicted = table(truth), table(predictions)
    return float(sklearn.metrics.median_absolute_error(np.ones_like(true), predicted / true))


def intervals(rng: np.random.Generator, rows: int) -> Trial:
    """A number and two ends, some of which cross or miss it."""
    truth = rng.normal(size=(rows, 1))
    return Trial(
        texts(truth), texts(rng.normal([-1.0, 1.0], size=(rows, 2))), texts(np.repeat(truth, 2, axis=1))
    )


def winkler(truth: list[Row], predictions: list[Row]) -> float:
    """Two quantiles' pinball losses by scikit-learn: their mean, times 4 / (1 - coverage)."""
    true, ends = table(truth)[:, 0], table(predictions)
    losses = [
        sklearn.metrics.mean_pinball_loss(true, end, alpha=level)
        for end, level in zip(ends.T, (0.1, 0.9), strict=True)
    ]
    return float(np.mean(losses) * 4 / 0.2)


def ensembles(rng: np.random.Generator, rows: int) -> Trial:
    """A number and four guesses, some of them equal."""
    truth = rng.normal(size=(rows, 1)).round(1)
    members = (truth + rng.normal(size=(rows, 4))).round(1)
    return Trial(texts(truth), texts(members), texts(np.repeat(truth, 4, axis=1)))


def every_pair(truth: list[Row], predictions: list[Row]) -> float:
    """A row at a time, a pair of members at a time."""
    total = 0.0
    for (true,), members in zip(table(truth), table(predictions), strict=True):
        distance = math.fsum(abs(x - true) for x in members) / len(members)
        total += (
            distance - math.fsum(abs(x - z) for x, z in product(members, members)) / 2 / len(members) ** 2
        )
    return total / len(truth)


def gaps(outcomes: list[float], stated: list[float], bins: int) -> float:
    """A bin at a time."""
    total = 0.0
    for number in range(bins):
        rows = [
            (outcome, share)
            for outcome, share in zip(outcomes, stated, strict=True)
            if min(math.floor(share * bins), bins - 1) == number
        ]
        if rows:
            total += float(abs(sum(outcome for outcome, _ in rows) - sum(share for _, share in rows)))
    return total / len(outcomes)


def gaps_of_ones(truth: list[Row], predictions: list[Row]) -> float:
    """The gaps of the probability of class 1."""
    return gaps(table(truth)[:, 0].tolist(), table(predictions)[:, 0].tolist(), 10)


def gaps_of_classes(truth: list[Row], predictions: list[Row]) -> float:
    """The gaps of the likeliest class's share."""
    rows = shares(predictions)
    names = ["cat", "dog", "owl"]
    outcomes = [float(names[int(np.argmax(row))] == label) for row, (label,) in zip(rows, truth, strict=True)]
    return gaps(outcomes, rows.max(axis=1).tolist(), 15)


PROOFS = {
    "wape": Proof(
        make=two_columns,
        oracle=share_of_sums,
        edges={
            "a single zero": Edge([["0", "1"], ["2", "1"]], [["1", "1"], ["2", "1"]], 0.25),
            "nothing but zeros": Edge([["0", "1"]], [["1", "1"]], ExpectedRefusal.KEY),
        },
        settings=TWO,
    ),
    "mdape": Proof(
        make=two_columns,
        oracle=median_share,
        edges={
            "a zero in the key": ZERO_KEY,
            "an even number": Edge([["1", "1"]] * 2, [["1", "1"], ["3", "3"]], 1.0),
        },
        settings=TWO,
    ),
    "mase": Proof(
        make=series,
        oracle=lambda truth, predictions: scaled(truth, predictions, 1),
        edges={
            "a long series counts once": Edge(
                [["0", "1", "a"], ["0", "1", "a"], ["0", "1", "b"]], [["1"], ["1"], ["3"]], 2.0
            ),
            "a scale of 0": Edge([["1", "0", "a"]], [["1"]], ExpectedRefusal.KEY),
        },
        settings=SCALES,
    ),
    "rmsse": Proof(
        make=series,
        oracle=lambda truth, predictions: scaled(truth, predictions, 2),
        edges={
            "two series": Edge([["0", "4", "a"], ["0", "1", "b"]], [["2"], ["3"]], 2.0),
            "a scale of 0": Edge([["1", "0", "a"]], [["1"]], ExpectedRefusal.KEY),
        },
        settings=SCALES,
    ),
    "interval_score": Proof(
        make=intervals,
        oracle=winkler,
        edges={
            "inside": Edge([["1"]], [["0", "2"]], 2.0),
            "on the end": Edge([["2"]], [["0", "2"]], 2.0),
            "ends that cross": Edge(CROSSED[0], CROSSED[1], (-2 + 10 * 2 + 2) / 2),
        },
        settings={
            "target_columns": ("y",),
            "prediction_columns": ("low", "high"),
            "arguments": {"coverage": 0.8},
        },
    ),
    "crps_ensemble": Proof(
        make=ensembles,
        oracle=every_pair,
        edges={
            "all members equal": Edge([["0"]], [["2", "2", "2", "2"]], 2.0),
            "far from 0": Edge([["1e9"]], [["1e9", "1e9", "1e9", "1000000004"]], 0.25),
        },
        settings={"target_columns": ("y",), "prediction_columns": ("m0", "m1", "m2", "m3")},
    ),
    "roc_auc_micro": Proof(
        make=several,
        oracle=lambda truth, predictions: float(
            sklearn.metrics.roc_auc_score(table(truth), table(predictions), average="micro")
        ),
        edges={
            "one class in a column": Edge([["1", "0", "1"]], [["0.2", "0.1", "0.3"]], 1.0),
            "one class in all": Edge([["1", "1", "1"]], [["0.2", "0.1", "0.3"]], ExpectedRefusal.KEY),
        },
        settings=THREE,
    ),
    "calibration_error": Proof(
        make=probabilities,
        oracle=gaps_of_ones,
        edges={
            "certain and wrong": Edge([["1"], ["0"]], [["0"], ["1"]], 1.0),
            "the base rate": Edge([["1"], ["0"]], [["0.5"], ["0.5"]], 0.0),
            "two gaps do not cancel": Edge([["1"], ["0"]], [["0.75"], ["0.25"]], 0.25),
        },
        settings={"target_columns": ("y",), "arguments": {"bins": 10}},
    ),
    "calibration_error_multiclass": Proof(
        make=three_classes,
        oracle=gaps_of_classes,
        edges={
            "a row of zeros": NO_SHARES,
            "sums are divided out": Edge([["cat"]], [["2e-1", "0", "0"]], 0.0),
            "the first of equal shares": Edge([["dog"]], [["0.5", "0.5", "0"]], 0.5),
        },
        settings=PER_CLASS,
    ),
}
