"""How much each row moves a score of labels that is made of counts of classes, such as macro F1.

A row of true class i and predicted class j changes three shares of the rows: of class i among the true ones,
of class j among the predicted ones and, where both are the same, of class i among those that are right. The
score's derivatives by these shares, looked up for each row, are its influence: the delta method of the
multinomial that the cells of the confusion matrix follow. All rows of a cell have one influence, so that the
standard error comes of the cells' counts alone. Ratings, whose distance counts, come last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

import numpy as np

from grader.metrics.metric import Codes, Numbers


@dataclass(frozen=True, slots=True)
class ClassShares:
    """The hits, answers and predictions of each class as shares of all rows, (n_classes,) each."""

    hits: Numbers
    answers: Numbers
    predictions: Numbers

    @property
    def classes(self) -> int:
        """How many classes occur."""
        return int(np.count_nonzero(self.answers + self.predictions))


# What one more share of hits, answers and predictions of each class adds to the score.
Slopes: TypeAlias = tuple[Numbers, Numbers, Numbers]
CELLS_ALWAYS = (
    65_536  # of a confusion matrix, whose counting costs no more than the rows; beyond, as many as rows
)


def label_error(name: str, answers: Codes, predictions: Codes) -> float | None:
    """The standard error of a score in LABEL_SLOPES, from its confusion matrix; None where that is too large.

    answers, predictions: (n_rows,) class numbers from 0 up, at least two rows.
    """
    rows, classes = len(answers), int(max(answers.max(), predictions.max())) + 1
    if classes * classes > max(CELLS_ALWAYS, rows):
        return None
    places = answers.astype(np.intp, copy=False) * classes + predictions
    counts = np.bincount(places, minlength=classes * classes).reshape(classes, classes)
    shares = ClassShares(
        *(each / rows for each in (counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)))
    )
    of_hits, of_answers, of_predictions = LABEL_SLOPES[name](shares)
    influence = of_answers[:, None] + of_predictions + np.diag(of_hits)
    spread = influence - float((counts * influence).sum()) / rows
    return sqrt(float((counts * np.square(spread)).sum()) / (rows - 1) / rows)


def _of_labels(slopes: Callable[[ClassShares], Slopes]) -> Callable[[Codes, Codes], Numbers]:
    """The influence of each row on a score with these slopes."""

    def influence(answers: Codes, predictions: Codes) -> Numbers:
        classes, is_right = int(max(answers.max(), predictions.max())) + 1, answers == predictions
        rows = (answers[is_right], answers, predictions)
        shares = ClassShares(*(np.bincount(each, minlength=classes) / len(answers) for each in rows))
        of_hits, of_answers, of_predictions = slopes(shares)
        values: Numbers = np.where(is_right, of_hits[answers], 0.0) + of_answers[answers]
        values += of_predictions[predictions]
        return values

    return influence


def _over(part: Numbers | float, whole: Numbers) -> Numbers:
    """part / whole, and 0 where whole is 0."""
    shares: Numbers = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0.0)
    return shares


def _f1(shares: ClassShares) -> Slopes:
    whole = (shares.answers + shares.predictions) * shares.classes
    slope = -_over(2.0 * shares.hits, (shares.answers + shares.predictions) * whole)
    return _over(2.0, whole), slope, slope


def _weighted_f1(shares: ClassShares) -> Slopes:
    whole = shares.answers + shares.predictions
    scores = _over(2.0 * shares.hits, whole)
    slope = -_over(shares.answers * scores, whole)
    return _over(2.0 * shares.answers, whole), scores + slope, slope


def _precision(shares: ClassShares) -> Slopes:
    whole = shares.predictions * shares.classes
    return _over(1.0, whole), np.zeros(len(whole)), -_over(shares.hits, shares.predictions * whole)


def _recall(shares: ClassShares) -> Slopes:
    whole = shares.answers * shares.classes
    return _over(1.0, whole), -_over(shares.hits, shares.answers * whole), np.zeros(len(whole))


def _balanced(shares: ClassShares) -> Slopes:
    return _recall(
        ClassShares(shares.hits, shares.answers, shares.answers)
    )  # of the classes that truly occur


def _jaccard(shares: ClassShares) -> Slopes:
    either = shares.answers + shares.predictions - shares.hits
    whole, scores = either * shares.classes, _over(shares.hits, either)
    return _over(1.0 + scores, whole), -_over(scores, whole), -_over(scores, whole)


def _mcc(shares: ClassShares) -> Slopes:
    true_variance = 1.0 - float(shares.answers @ shares.answers)
    predicted_variance = 1.0 - float(shares.predictions @ shares.predictions)
    if true_variance * predicted_variance <= 0.0:
        return shares.hits * 0.0, shares.hits * 0.0, shares.hits * 0.0
    scale = 1.0 / sqrt(true_variance * predicted_variance)
    score = (float(shares.hits.sum()) - float(shares.answers @ shares.predictions)) * scale
    of_answers = score * shares.answers / true_variance - shares.predictions * scale
    of_predictions = score * shares.predictions / predicted_variance - shares.answers * scale
    return np.full(len(shares.hits), scale), of_answers, of_predictions


def _kappa(shares: ClassShares) -> Slopes:
    disagreement, chance = 1.0 - float(shares.hits.sum()), 1.0 - float(shares.answers @ shares.predictions)
    if chance <= 0.0:
        return shares.hits * 0.0, shares.hits * 0.0, shares.hits * 0.0
    pull = -disagreement / chance**2
    return np.full(len(shares.hits), 1.0 / chance), pull * shares.predictions, pull * shares.answers


def _of_ratings(weight: Callable[[Numbers], Numbers]) -> Callable[..., Numbers]:
    """The influence on 1 - (mean weight of the distances) / (that of independent pairs of ratings)."""

    def influence(answers: Numbers, predictions: Numbers, *, lowest: int, highest: int) -> Numbers:
        ratings, rows = np.arange(lowest, highest + 1.0), len(answers)
        places = [(side - lowest).astype(np.intp) for side in (answers, predictions)]
        true_shares, predicted_shares = (np.bincount(each, minlength=len(ratings)) / rows for each in places)
        weights, terms = weight(ratings[:, None] - ratings), weight(answers - predictions)
        chance = float(true_shares @ weights @ predicted_shares)
        if chance <= 0.0:
            return terms * 0.0
        pull: Numbers = (weights @ predicted_shares)[places[0]] + (true_shares @ weights)[places[1]]
        return pull * (float(terms.mean()) / chance**2) - terms / chance

    return influence


def _macro_mae(answers: Numbers, predictions: Numbers) -> Numbers:
    errors = np.abs(answers - predictions)
    _, codes, counts = np.unique(answers, return_inverse=True, return_counts=True)
    means = np.bincount(codes, weights=errors) / counts
    influence: Numbers = (errors - means[codes]) * (len(answers) / len(counts) / counts)[codes]
    return influence


LABEL_SLOPES: dict[str, Callable[[ClassShares], Slopes]] = {
    "f1_macro": _f1,
    "f1_weighted": _weighted_f1,
    "precision_macro": _precision,
    "recall_macro": _recall,
    "balanced_accuracy": _balanced,
    "jaccard_macro": _jaccard,
    "mcc": _mcc,
    "cohen_kappa": _kappa,
}
CLASS_INFLUENCES: dict[str, Callable[..., Any]] = {
    **{name: _of_labels(slopes) for name, slopes in LABEL_SLOPES.items()},
    "quadratic_weighted_kappa": _of_ratings(np.square),
    "linear_weighted_kappa": _of_ratings(np.abs),
    "macro_mae": _macro_mae,
}
