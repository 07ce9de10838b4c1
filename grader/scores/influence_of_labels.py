"""How much each row moves a score of labels that is made of counts of classes, such as macro F1.

A row of true class i and predicted class j changes three shares of the rows: of class i among the true ones,
of class j among the predicted ones and, where both are the same, of class i among those that are right. The
score's derivatives by these shares, looked up for each row, are its influence: the delta method of the
multinomial that the cells of the confusion matrix follow. Ratings, whose distance counts, come last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

import numpy as np

from grader.metrics.metric import Codes, Numbers


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all rows, those right in, truly of, and said to be of each class, (n_classes,) each."""

    right: Numbers
    true: Numbers
    said: Numbers

    @property
    def classes(self) -> int:
        """How many classes occur."""
        return int(np.count_nonzero(self.true + self.said))


# What one more share right in, true of and said to be of each class adds to the score.
Slopes: TypeAlias = tuple[Numbers, Numbers, Numbers]


def _of_labels(slopes: Callable[[Shares], Slopes]) -> Callable[[Codes, Codes], Numbers]:
    """The influence of each row on a score with these slopes."""

    def influence(answers: Codes, predictions: Codes) -> Numbers:
        classes, same = int(max(answers.max(), predictions.max())) + 1, answers == predictions
        rows = (answers[same], answers, predictions)
        shares = Shares(*(np.bincount(each, minlength=classes) / len(answers) for each in rows))
        right, true, said = slopes(shares)
        found: Numbers = np.where(same, right[answers], 0.0) + true[answers] + said[predictions]
        return found

    return influence


def _over(part: Numbers | float, whole: Numbers) -> Numbers:
    """part / whole, and 0 where whole is 0."""
    found: Numbers = np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0.0)
    return found


def _f1(of: Shares) -> Slopes:
    whole = (of.true + of.said) * of.classes
    down = -_over(2.0 * of.right, (of.true + of.said) * whole)
    return _over(2.0, whole), down, down


def _weighted_f1(of: Shares) -> Slopes:
    whole = of.true + of.said
    scores = _over(2.0 * of.right, whole)
    down = -_over(of.true * scores, whole)
    return _over(2.0 * of.true, whole), scores + down, down


def _precision(of: Shares) -> Slopes:
    whole = of.said * of.classes
    return _over(1.0, whole), np.zeros(len(whole)), -_over(of.right, of.said * whole)


def _recall(of: Shares) -> Slopes:
    whole = of.true * of.classes
    return _over(1.0, whole), -_over(of.right, of.true * whole), np.zeros(len(whole))


def _balanced(of: Shares) -> Slopes:
    return _recall(Shares(of.right, of.true, of.true))  # of the classes that truly occur


def _jaccard(of: Shares) -> Slopes:
    either = of.true + of.said - of.right
    whole, scores = either * of.classes, _over(of.right, either)
    return _over(1.0 + scores, whole), -_over(scores, whole), -_over(scores, whole)


def _mcc(of: Shares) -> Slopes:
    true, said = 1.0 - float(of.true @ of.true), 1.0 - float(of.said @ of.said)
    if true * said <= 0.0:
        return of.right * 0.0, of.right * 0.0, of.right * 0.0
    scale = 1.0 / sqrt(true * said)
    score = (float(of.right.sum()) - float(of.true @ of.said)) * scale
    by_true, by_said = score * of.true / true - of.said * scale, score * of.said / said - of.true * scale
    return np.full(len(of.right), scale), by_true, by_said


def _kappa(of: Shares) -> Slopes:
    apart, by_chance = 1.0 - float(of.right.sum()), 1.0 - float(of.true @ of.said)
    if by_chance <= 0.0:
        return of.right * 0.0, of.right * 0.0, of.right * 0.0
    pull = -apart / by_chance**2
    return np.full(len(of.right), 1.0 / by_chance), pull * of.said, pull * of.true


def _of_ratings(weight: Callable[[Numbers], Numbers]) -> Callable[..., Numbers]:
    """The influence on 1 - (mean weight of the distances) / (that of independent pairs of ratings)."""

    def influence(answers: Numbers, predictions: Numbers, *, lowest: int, highest: int) -> Numbers:
        ratings, rows = np.arange(lowest, highest + 1.0), len(answers)
        places = [(side - lowest).astype(np.intp) for side in (answers, predictions)]
        true, said = (np.bincount(each, minlength=len(ratings)) / rows for each in places)
        apart, found = weight(ratings[:, None] - ratings), weight(answers - predictions)
        by_chance = float(true @ apart @ said)
        if by_chance <= 0.0:
            return found * 0.0
        pull: Numbers = (apart @ said)[places[0]] + (true @ apart)[places[1]]
        return pull * (float(found.mean()) / by_chance**2) - found / by_chance

    return influence


def _macro_mae(answers: Numbers, predictions: Numbers) -> Numbers:
    errors = np.abs(answers - predictions)
    _, codes, counts = np.unique(answers, return_inverse=True, return_counts=True)
    means = np.bincount(codes, weights=errors) / counts
    found: Numbers = (errors - means[codes]) * (len(answers) / len(counts) / counts)[codes]
    return found


INFLUENCES_OF_LABELS: dict[str, Callable[..., Any]] = {
    "f1_macro": _of_labels(_f1),
    "f1_weighted": _of_labels(_weighted_f1),
    "precision_macro": _of_labels(_precision),
    "recall_macro": _of_labels(_recall),
    "balanced_accuracy": _of_labels(_balanced),
    "jaccard_macro": _of_labels(_jaccard),
    "mcc": _of_labels(_mcc),
    "cohen_kappa": _of_labels(_kappa),
    "quadratic_weighted_kappa": _of_ratings(np.square),
    "linear_weighted_kappa": _of_ratings(np.abs),
    "macro_mae": _macro_mae,
}
