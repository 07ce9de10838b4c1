"""How much each row moves a score: the influence of a row, whose spread gives the score's standard error.

A score that is a smooth function of means has an influence a row; the score of n rows then spreads by the
influences' standard deviation over the root of n (Hampel 1974). For a plain mean the influence is the row's
own loss. Each function takes what its metric takes and returns (n_rows,), up to an added constant; truth
values where a row is simply right or wrong.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from grader.metrics.metric import Codes, Mask, Numbers, mean_of_rows
from grader.metrics.numbers.forecasts import ensemble_costs, interval_costs
from grader.metrics.probabilities.probability import LOG_LOSS_EPSILON
from grader.metrics.rankings.ranking import (
    average_precisions,
    discounted_gains,
    hit_rows,
    label_hits,
    precisions,
    recalls,
    reciprocal_ranks,
)
from grader.scores.class_influence import CLASS_INFLUENCES

Influence: TypeAlias = Callable[..., NDArray[Any]]


def _by_row(terms: Numbers) -> Numbers:
    """The mean over the columns, (n_rows,)."""
    return terms if terms.ndim == 1 else terms.mean(axis=1)


def _right(answers: NDArray[Any], predictions: NDArray[Any], **_: Any) -> Mask:
    is_right: Mask = answers == predictions
    return is_right if is_right.ndim == 1 else np.logical_and.reduce(is_right, axis=1)


def _weighted_right(answers: Codes, predictions: Codes, *, weights: Numbers) -> Numbers:
    return _of_ratio((answers == predictions) * weights, weights)


def _of_ratio(parts: Numbers, wholes: Numbers) -> Numbers:
    """The influence on sum(parts) / sum(wholes)."""
    mean = wholes.mean()
    return (parts - wholes * (parts.mean() / mean)) / mean if mean else np.zeros(len(parts))


def _fbeta(answers: Codes, predictions: Codes, *, positive: int, beta: float = 1.0) -> Numbers:
    is_true, is_predicted = (answers == positive) * 1.0, (predictions == positive) * 1.0
    weight = beta * beta
    return _of_ratio((1.0 + weight) * is_true * is_predicted, weight * is_true + is_predicted)


def _precision(answers: Codes, predictions: Codes, *, positive: int) -> Numbers:
    is_predicted = (predictions == positive) * 1.0
    return _of_ratio(is_predicted * (answers == positive), is_predicted)


def _recall(answers: Codes, predictions: Codes, *, positive: int) -> Numbers:
    is_true = (answers == positive) * 1.0
    return _of_ratio(is_true * (predictions == positive), is_true)


def _specificity(answers: Codes, predictions: Codes, *, positive: int) -> Numbers:
    is_false = (answers != positive) * 1.0
    return _of_ratio(is_false * (predictions != positive), is_false)


def _weighed(terms: Numbers, weights: Numbers | None) -> Numbers:
    """The influence on the mean of the rows' terms, by their weights where they have some."""
    return _by_row(terms) if weights is None else _of_ratio(_by_row(terms) * weights, weights)


def _surprise(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> Numbers:
    true_probabilities = np.abs((1.0 - answers) - predictions)
    surprises = -np.log(np.clip(true_probabilities, LOG_LOSS_EPSILON, 1.0 - LOG_LOSS_EPSILON))
    return _weighed(surprises, weights)


def _surprise_of_classes(answers: Codes, predictions: Numbers) -> Numbers:
    true_shares = np.take_along_axis(predictions, answers[:, None], axis=1)[:, 0]
    return -np.log(np.clip(true_shares, LOG_LOSS_EPSILON, 1.0 - LOG_LOSS_EPSILON))


def _corner(answers: Codes, predictions: Numbers) -> Numbers:
    true_shares = np.take_along_axis(predictions, answers[:, None], axis=1)[:, 0]
    squares: Numbers = np.einsum("ij,ij->i", predictions, predictions)
    return squares - 2.0 * true_shares


def _square(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> Numbers:
    return _weighed((answers - predictions) ** 2, weights)


def _distance(answers: Numbers, predictions: Numbers) -> Numbers:
    return _by_row(np.abs(answers - predictions))


def _weighted_distance(answers: Numbers, predictions: Numbers, *, weights: Numbers) -> Numbers:
    return _of_ratio(np.abs(answers - predictions) * weights, weights)


def _root(squares: Numbers, weights: Numbers | None = None) -> Numbers:
    """The influence on the root of the mean square, averaged over the columns."""
    roots = np.sqrt(mean_of_rows(squares, weights))
    parts = np.divide(squares, 2.0 * roots, out=np.zeros_like(squares), where=roots > 0.0)
    return _weighed(parts, weights)


def _root_square(answers: Numbers, predictions: Numbers, *, weights: Numbers | None = None) -> Numbers:
    return _root((answers - predictions) ** 2, weights)


def _root_log_square(answers: Numbers, predictions: Numbers) -> Numbers:
    return _root((np.log1p(answers) - np.log1p(predictions)) ** 2)


def _log_square(answers: Numbers, predictions: Numbers) -> Numbers:
    return _by_row((np.log1p(answers) - np.log1p(predictions)) ** 2)


def _root_relative(answers: Numbers, predictions: Numbers) -> Numbers:
    return _root((1.0 - predictions / answers) ** 2)


def _relative(answers: Numbers, predictions: Numbers) -> Numbers:
    return _by_row(np.abs((answers - predictions) / answers))


def _relative_sum(answers: Numbers, predictions: Numbers) -> Numbers:
    parts, wholes = np.abs(answers - predictions), np.abs(answers)
    mean = wholes.mean(axis=0)
    return _by_row((parts - wholes * (parts.mean(axis=0) / mean)) / mean)


def _symmetric(answers: Numbers, predictions: Numbers) -> Numbers:
    sizes, shares = np.abs(answers) + np.abs(predictions), np.abs(answers - predictions)
    return _by_row(200.0 * np.divide(shares, sizes, out=np.zeros_like(shares), where=sizes > 0.0))


def _pinball(answers: Numbers, predictions: Numbers, *, quantile: float) -> Numbers:
    errors = answers - predictions
    return _by_row(np.maximum(quantile * errors, (quantile - 1.0) * errors))


def _r2(answers: Numbers, predictions: Numbers) -> Numbers:
    squares = (answers - predictions) ** 2
    spread = (answers - answers.mean(axis=0)) ** 2
    return -_by_row((squares - spread * (squares.mean(axis=0) / spread.mean(axis=0))) / spread.mean(axis=0))


def _explained(answers: Numbers, predictions: Numbers) -> Numbers:
    errors = answers - predictions
    return _r2(answers, answers - (errors - errors.mean(axis=0)))


def _pearson(answers: Numbers, predictions: Numbers) -> Numbers:
    one, other = ((side - side.mean()) / (side.std() or 1.0) for side in (answers, predictions))
    products: Numbers = one * other
    influence: Numbers = products - products.mean() * (one**2 + other**2) / 2.0
    return influence


RANKINGS: dict[str, Influence] = {
    "map_at_k": average_precisions,
    "mrr": reciprocal_ranks,
    "recall_at_k": recalls,
    "precision_at_k": precisions,
    "hit_rate_at_k": hit_rows,
    "ndcg_at_k_list": discounted_gains,
    "top_k_accuracy_list": label_hits,
}
INFLUENCES: dict[str, Influence] = {
    **RANKINGS,
    **CLASS_INFLUENCES,
    **dict.fromkeys(("accuracy", "f1_micro", "exact_match_columns"), _right),
    "classification_error": lambda answers, predictions: answers != predictions,
    "weighted_accuracy": _weighted_right,
    **dict.fromkeys(("f1_binary", "fbeta_binary"), _fbeta),
    "precision_binary": _precision,
    "recall_binary": _recall,
    "specificity": _specificity,
    "hamming_loss": lambda answers, predictions: _by_row((answers != predictions) * 1.0),
    **dict.fromkeys(("log_loss", "log_loss_mean_columns"), _surprise),
    "log_loss_multiclass": _surprise_of_classes,
    "brier_multiclass": _corner,
    **dict.fromkeys(("brier", "mse"), _square),
    **dict.fromkeys(("mae", "mean_columnwise_mae"), _distance),
    "wmae": _weighted_distance,
    **dict.fromkeys(("rmse", "mcrmse"), _root_square),
    **dict.fromkeys(("rmsle", "mean_columnwise_rmsle"), _root_log_square),
    "msle": _log_square,
    "rmspe": _root_relative,
    "mape": _relative,
    "smape": _symmetric,
    "wape": _relative_sum,
    "interval_score": interval_costs,
    "crps_ensemble": ensemble_costs,
    "pinball": _pinball,
    "r2": _r2,
    "explained_variance": _explained,
    "pearson": _pearson,
}
