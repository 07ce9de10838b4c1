"""Proofs of the metrics of one label a row."""

from collections.abc import Callable

import numpy as np
import sklearn.metrics

from tests.grader.metrics.proofs.proof import Edge, ExpectedRefusal, Proof, Row, Trial


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


def by(function: Callable[..., float], **settings: object) -> Callable[[list[Row], list[Row]], float]:
    """An oracle of one of scikit-learn's functions over two columns of labels."""
    return lambda truth, predictions: float(function(column(truth), column(predictions), **settings))


def two_classes(rng: np.random.Generator, rows: int) -> Trial:
    """Labels yes and no."""
    names = np.array(["no", "yes"])
    truth = rng.integers(0, 2, rows)
    truth[:2] = [0, 1]
    predictions = np.where(rng.random(rows) < 0.7, truth, 1 - truth)
    return Trial(
        [[name] for name in names[truth]],
        [[name] for name in names[predictions]],
        [[n] for n in names[truth]],
    )


def weighted(rng: np.random.Generator, rows: int) -> Trial:
    """Labels, and weights that the key alone has."""
    plain = labels(rng, rows)
    truth = [
        [*row, str(weight)] for row, weight in zip(plain.truth, 1 + rng.integers(0, 5, rows), strict=True)
    ]
    return Trial(truth, plain.predictions, plain.perfect)


def ratings(rng: np.random.Generator, rows: int) -> Trial:
    """Ratings from 1 to 6; the file has some that the key has not."""
    truth = rng.integers(1, 6, rows)
    truth[:2] = [1, 5]
    predictions = np.clip(truth + rng.integers(-2, 3, rows), 1, 6)
    return Trial(*([[str(value)] for value in side] for side in (truth, predictions, truth)))


def rated(weights: str) -> Callable[[list[Row], list[Row]], float]:
    """Kappa by scikit-learn over the whole scale."""

    def kappa(truth: list[Row], predictions: list[Row]) -> float:
        sides = ([int(float(row[0])) for row in side] for side in (truth, predictions))
        return float(sklearn.metrics.cohen_kappa_score(*sides, labels=range(1, 7), weights=weights))

    return kappa


def mae_by_rating(truth: list[Row], predictions: list[Row]) -> float:
    """The macro-averaged MAE, a rating at a time."""
    groups: dict[float, list[float]] = {}
    for [true], [label] in zip(truth, predictions, strict=True):
        groups.setdefault(float(true), []).append(abs(float(true) - float(label)))
    return float(np.mean([np.mean(errors) for errors in groups.values()]))


def true_negative_rate(truth: list[Row], predictions: list[Row]) -> float:
    """Specificity, a row at a time."""
    others = [label for [true], [label] in zip(truth, predictions, strict=True) if true != "yes"]
    return sum(label != "yes" for label in others) / len(others)


def of_classes(
    function: Callable[..., float], edges: dict[str, Edge] | None = None, **settings: object
) -> Proof:
    """A proof by scikit-learn over four classes."""
    return Proof(make=labels, oracle=by(function, **settings), edges={"one row": ONE_ROW, **(edges or {})})


def of_yes(oracle: Callable[[list[Row], list[Row]], float], edges: dict[str, Edge], **more: object) -> Proof:
    """A proof over the labels yes and no."""
    settings = {"target_columns": ("y",), "arguments": {"positive": "yes", **more}}
    return Proof(make=two_classes, oracle=oracle, edges=edges, settings=settings)


ALL_WRONG = Edge([["a"], ["b"]], [["b"], ["a"]], 0.0)
ONE_ROW = Edge([["a"]], [["a"]], 1.0)
NO_YES = Edge([["no"]], [["no"]], ExpectedRefusal.KEY)
NEVER = Edge([["yes"], ["no"]], [["no"], ["no"]], 0.0)
ONE_RATING = Edge([["2"], ["2"]], [["2"], ["3"]], ExpectedRefusal.KEY)
SCALE = {"target_columns": ("y",), "arguments": {"lowest": 1, "highest": 6}}
RATED = {
    "one rating": ONE_RATING,
    "off the scale": Edge([["1"], ["7"]], [["1"], ["2"]], ExpectedRefusal.KEY),
    "a fraction": Edge([["1"], ["2"]], [["1.5"], ["2"]], ExpectedRefusal.FILE),
    "a constant file": Edge([["1"], ["3"]], [["2"], ["2"]], 0.0),
}
metrics = sklearn.metrics

PROOFS = {
    "accuracy": of_classes(
        metrics.accuracy_score,
        {"all wrong": ALL_WRONG, "text is compared exactly": Edge([["a"], ["7"]], [["A"], ["7"]], 0.5)},
    ),
    "f1_micro": of_classes(
        lambda truth, predictions: metrics.f1_score(truth, predictions, average="micro"),
        {"all wrong": ALL_WRONG},
    ),
    "classification_error": Proof(
        make=labels,
        oracle=by(metrics.zero_one_loss),
        edges={"all wrong": Edge(ALL_WRONG.truth, ALL_WRONG.predictions, 1.0)},
    ),
    "weighted_accuracy": Proof(
        make=weighted,
        oracle=lambda truth, predictions: metrics.accuracy_score(
            column(truth), column(predictions), sample_weight=[float(weight) for weight in column(truth, 1)]
        ),
        edges={
            "a weight of 0": Edge([["a", "0"], ["b", "1"]], [["z"], ["b"]], 1.0),
            "no weight": Edge([["a", "0"]], [["a"]], ExpectedRefusal.KEY),
        },
        settings={"target_columns": ("y",), "auxiliary": {"weights": "w"}},
    ),
    "balanced_accuracy": of_classes(
        lambda truth, predictions: metrics.recall_score(
            truth, predictions, average="macro", labels=sorted(set(truth))
        ),
        {"an invented label": Edge([["a"], ["a"]], [["a"], ["z"]], 0.5)},
    ),
    "f1_macro": of_classes(
        metrics.f1_score,
        {
            "all wrong": ALL_WRONG,
            "an invented label lowers the mean": Edge([["a"], ["a"]], [["a"], ["z"]], 1 / 3),
        },
        average="macro",
    ),
    "f1_weighted": of_classes(metrics.f1_score, {"all wrong": ALL_WRONG}, average="weighted"),
    "precision_macro": of_classes(
        metrics.precision_score, {"all wrong": ALL_WRONG}, average="macro", zero_division=0
    ),
    "recall_macro": of_classes(
        metrics.recall_score,
        {"an invented label": Edge([["a"], ["a"]], [["a"], ["z"]], 0.25)},
        average="macro",
        zero_division=0,
    ),
    "jaccard_macro": of_classes(metrics.jaccard_score, {"all wrong": ALL_WRONG}, average="macro"),
    "f1_binary": of_yes(by(metrics.f1_score, pos_label="yes"), {"no yes": NO_YES, "never": NEVER}),
    "fbeta_binary": of_yes(
        by(metrics.fbeta_score, pos_label="yes", beta=2.0), {"no yes": NO_YES, "never": NEVER}, beta=2.0
    ),
    "precision_binary": of_yes(
        by(metrics.precision_score, pos_label="yes", zero_division=0), {"no yes": NO_YES, "never": NEVER}
    ),
    "recall_binary": of_yes(by(metrics.recall_score, pos_label="yes"), {"no yes": NO_YES, "never": NEVER}),
    "specificity": of_yes(true_negative_rate, {"all yes": Edge([["yes"]], [["yes"]], ExpectedRefusal.KEY)}),
    "mcc": Proof(
        make=labels,
        oracle=by(metrics.matthews_corrcoef),
        edges={
            "a constant file": Edge([["a"], ["b"]], [["a"], ["a"]], 0.0),
            "turned": Edge([["a"], ["b"]], [["b"], ["a"]], -1.0),
        },
    ),
    "cohen_kappa": Proof(
        make=labels,
        oracle=by(metrics.cohen_kappa_score),
        edges={
            "one class on both sides": Edge([["a"]], [["a"]], 0.0),
            "turned": Edge([["a"], ["b"]], [["b"], ["a"]], -1.0),
        },
    ),
    "quadratic_weighted_kappa": Proof(make=ratings, oracle=rated("quadratic"), edges=RATED, settings=SCALE),
    "linear_weighted_kappa": Proof(make=ratings, oracle=rated("linear"), edges=RATED, settings=SCALE),
    "macro_mae": Proof(
        make=ratings, oracle=mae_by_rating, edges={"one rating": Edge([["2"], ["2"]], [["2"], ["4"]], 1.0)}
    ),
}
