"""Proofs of the metrics of predicted numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.spatial
import scipy.stats
import sklearn.metrics

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial


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


def one_column(rng: np.random.Generator, rows: int) -> Trial:
    """One column with ties, half of it noise."""
    truth = rng.normal(size=(rows, 1)).round(1)
    truth[:2, 0] = [-0.5, 0.5]
    return Trial(texts(truth), texts((truth + rng.normal(size=(rows, 1))).round(1)), texts(truth))


def positive(rng: np.random.Generator, rows: int) -> Trial:
    """Two columns of numbers above 0."""
    truth = rng.lognormal(size=(rows, 2))
    return Trial(texts(truth), texts(truth * rng.lognormal(size=(rows, 2))), texts(truth))


def weighted(rng: np.random.Generator, rows: int) -> Trial:
    """One column and its weights, which the key alone has."""
    plain = one_column(rng, rows)
    weights = texts(rng.integers(0, 4, (rows, 1)).astype(float) + (np.arange(rows) == 0)[:, None])
    return Trial([a + b for a, b in zip(plain.truth, weights, strict=True)], plain.predictions, plain.perfect)


def mean_spearman(truth: list[Row], predictions: list[Row]) -> float:
    """By scipy, a column at a time."""
    pairs = zip(table(truth).T, table(predictions).T, strict=True)
    return float(np.mean([scipy.stats.spearmanr(one, other).statistic for one, other in pairs]))


def canberra(truth: list[Row], predictions: list[Row]) -> float:
    """SMAPE by scipy, a column at a time."""
    pairs = zip(table(truth).T, table(predictions).T, strict=True)
    return float(np.mean([200 / len(truth) * scipy.spatial.distance.canberra(a, p) for a, p in pairs]))


def lin(truth: list[Row], predictions: list[Row]) -> float:
    """Lin's coefficient from numpy's covariance matrix."""
    one, other = table(truth)[:, 0], table(predictions)[:, 0]
    (first, both), (_, second) = np.cov(one, other, bias=True)
    return float(2 * both / (first + second + (one.mean() - other.mean()) ** 2))


def by(function: Callable[..., float], **settings: object) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of a function over tables of numbers."""
    return lambda truth, predictions: float(function(table(truth), table(predictions), **settings))


def flat(function: Callable[..., Any]) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of one of scipy's functions over one column."""
    return lambda truth, predictions: float(function(table(truth)[:, 0], table(predictions)[:, 0]).statistic)


TWO = {"target_columns": ("y", "z")}
ONE_ROW = Edge([["1", "2"]], [["4", "2"]], 1.5)
NOT_FINITE = Edge([["1", "2"]], [["1", "nan"]], ExpectedRefusal.FILE)
NEGATIVE = Edge([["1", "2"]], [["1", "-0.5"]], ExpectedRefusal.FILE)
ZERO_KEY = Edge([["1", "0"]], [["1", "1"]], ExpectedRefusal.KEY)
CONSTANT_KEY = Edge([["1"], ["1"]], [["1"], ["2"]], ExpectedRefusal.KEY)
CONSTANT_FILE = Edge([["1"], ["2"], ["4"]], [["5"], ["5"], ["5"]], 0.0)
TURNED = Edge([["1"], ["2"], ["4"]], [["4"], ["2"], ["1"]])
CORRELATED = {"constant key": CONSTANT_KEY, "constant file": CONSTANT_FILE, "turned around": TURNED}


def correlation(function: Callable[..., Any]) -> Proof:
    """A proof by one of scipy's correlations."""
    return Proof(make=one_column, oracle=flat(function), edges=CORRELATED)


def amounts(rng: np.random.Generator, rows: int) -> Trial:
    """Losses, many of them none, and scores with ties."""
    truth = (rng.lognormal(size=(rows, 1)) * rng.integers(0, 2, (rows, 1))).round(2)
    truth[:2, 0] = [0.0, 7.5]
    return Trial(texts(truth), texts((truth + rng.normal(size=(rows, 1))).round()), texts(truth))


def gini_of_pairs(truth: list[Row], predictions: list[Row]) -> float:
    """The normalised Gini coefficient, pair by pair."""
    losses, scores = table(truth)[:, 0], table(predictions)[:, 0]
    differences = losses[:, None] - losses
    signs = np.sign(scores[:, None] - scores)
    return float((differences * signs).sum() / np.abs(differences).sum())


PROOFS = {
    "gini_amounts": Proof(
        make=amounts,
        oracle=gini_of_pairs,
        edges={
            "all amounts equal": Edge([["2"], ["2"]], [["1"], ["2"]], ExpectedRefusal.KEY),
            "all scores equal": Edge([["1"], ["5"]], [["3"], ["3"]], 0.0),
            "bits": Edge([["1"], ["0"], ["0"]], [["2"], ["1"], ["3"]], 0.0),
        },
    ),
    "rmse": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.root_mean_squared_error),
        edges={
            "one row": ONE_ROW,
            "nearly too large": Edge([["0", "0"]], [["1e100", "1e100"]], 1e100),
            "not finite": NOT_FINITE,
        },
        settings=TWO,
    ),
    "mse": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.mean_squared_error),
        edges={"one row": Edge([["1", "2"]], [["4", "2"]], 4.5), "not finite": NOT_FINITE},
        settings=TWO,
    ),
    "mae": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.mean_absolute_error),
        edges={"one row": ONE_ROW, "not finite": NOT_FINITE},
        settings=TWO,
    ),
    "mcrmse": Proof(
        make=two_columns,
        oracle=by(
            lambda a, p: np.sqrt(sklearn.metrics.mean_squared_error(a, p, multioutput="raw_values")).mean()
        ),
        edges={"one row": ONE_ROW, "not finite": NOT_FINITE},
        settings=TWO,
    ),
    "mean_columnwise_mae": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.mean_absolute_error),
        edges={"one row": ONE_ROW},
        settings=TWO,
    ),
    "median_absolute_error": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.median_absolute_error),
        edges={"one row": ONE_ROW, "an even number": Edge([["1", "1"]] * 2, [["1", "1"], ["3", "3"]], 1.0)},
        settings=TWO,
    ),
    "wmae": Proof(
        make=weighted,
        oracle=lambda truth, predictions: sklearn.metrics.mean_absolute_error(
            table(truth)[:, 0], table(predictions)[:, 0], sample_weight=table(truth)[:, 1]
        ),
        edges={
            "a weight of 0": Edge([["1", "0"], ["1", "2"]], [["9", "1"][:1], ["2"]], 1.0),
            "no weight at all": Edge([["1", "0"]], [["9"]], ExpectedRefusal.KEY),
        },
        settings={"target_columns": ("y",), "auxiliary": {"weights": "w"}},
    ),
    "max_error": Proof(
        make=one_column,
        oracle=lambda truth, predictions: sklearn.metrics.max_error(
            table(truth)[:, 0], table(predictions)[:, 0]
        ),
        edges={"one row": Edge([["1"]], [["-2"]], 3.0)},
    ),
    "r2": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.r2_score),
        edges={"constant key": Edge([["1", "1"], ["2", "1"]], [["1", "1"], ["2", "1"]], ExpectedRefusal.KEY)},
        settings=TWO,
    ),
    "explained_variance": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.explained_variance_score),
        edges={"a shift costs nothing": Edge([["1", "1"], ["2", "4"]], [["3", "2"], ["4", "5"]], 1.0)},
        settings=TWO,
    ),
    "pinball": Proof(
        make=two_columns,
        oracle=by(sklearn.metrics.mean_pinball_loss, alpha=0.9),
        edges={"too low": Edge([["1", "1"]], [["0", "1"]], 0.45), "not finite": NOT_FINITE},
        settings=TWO | {"arguments": {"quantile": 0.9}},
    ),
    "rmsle": Proof(
        make=positive,
        oracle=by(sklearn.metrics.root_mean_squared_log_error),
        edges={"negative": NEGATIVE, "zeros": Edge([["0", "0"]], [["0", "0"]], 0.0)},
        settings=TWO,
    ),
    "mean_columnwise_rmsle": Proof(
        make=positive,
        oracle=by(sklearn.metrics.root_mean_squared_log_error),
        edges={"negative": NEGATIVE},
        settings=TWO,
    ),
    "msle": Proof(
        make=positive,
        oracle=by(sklearn.metrics.mean_squared_log_error),
        edges={"negative": NEGATIVE, "zeros": Edge([["0", "0"]], [["0", "0"]], 0.0)},
        settings=TWO,
    ),
    "mape": Proof(
        make=positive,
        oracle=by(sklearn.metrics.mean_absolute_percentage_error),
        edges={"a zero in the key": ZERO_KEY, "a negative answer": Edge([["-2", "1"]], [["-1", "1"]], 0.25)},
        settings=TWO,
    ),
    "smape": Proof(
        make=two_columns,
        oracle=canberra,
        edges={
            "zeros": Edge([["0", "0"]], [["0", "0"]], 0.0),
            "the worst": Edge([["0", "1"]], [["1", "-1"]], 200.0),
        },
        settings=TWO,
    ),
    "rmspe": Proof(
        make=positive,
        oracle=lambda truth, predictions: float(
            np.mean(np.sqrt(np.mean(((table(truth) - table(predictions)) / table(truth)) ** 2, axis=0)))
        ),
        edges={"a zero in the key": ZERO_KEY, "one row": Edge([["2", "1"]], [["1", "1"]], 0.25)},
        settings=TWO,
    ),
    "poisson_deviance": Proof(
        make=positive,
        oracle=by(
            lambda a, p: np.mean(
                [sklearn.metrics.mean_poisson_deviance(*c) for c in zip(a.T, p.T, strict=True)]
            )
        ),
        edges={
            "a prediction of 0": Edge([["1", "1"]], [["0", "1"]], ExpectedRefusal.FILE),
            "an answer of 0": Edge([["0", "1"]], [["2", "1"]], 2.0),
            "nothing but zeros": Edge([["0", "0"]], [["1", "1"]], ExpectedRefusal.KEY),
        },
        settings=TWO,
    ),
    "pearson": correlation(scipy.stats.pearsonr),
    "spearman": correlation(scipy.stats.spearmanr),
    "kendall_tau": correlation(scipy.stats.kendalltau),
    "spearman_mean_columns": Proof(
        make=two_columns,
        oracle=mean_spearman,
        edges={"constant key": Edge([["1", "1"], ["2", "1"]], [["1", "1"], ["2", "1"]], ExpectedRefusal.KEY)},
        settings=TWO,
    ),
    "concordance_correlation": Proof(make=one_column, oracle=lin, edges=CORRELATED),
}
