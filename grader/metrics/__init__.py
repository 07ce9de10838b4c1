"""Every metric, written out in one dict: a new one is a function, a line here, and an oracle in the tests."""

from math import inf

from grader.errors import UnknownMetric
from grader.metrics.classification import accuracy, f1_macro
from grader.metrics.metric import LABEL, NUMERIC, PROBABILITY, SCORE, Kind, Metric
from grader.metrics.probability import log_loss, roc_auc
from grader.metrics.regression import mae, rmse

__all__ = ["LABEL", "METRICS", "NUMERIC", "PROBABILITY", "SCORE", "Kind", "Metric", "metric_named"]

METRICS: dict[str, Metric] = {
    "accuracy": Metric(
        accuracy,
        higher_is_better=True,
        kind=LABEL,
        best=1.0,
        worst=0.0,
        summary="share of rows whose label is right",
    ),
    "f1_macro": Metric(
        f1_macro,
        higher_is_better=True,
        kind=LABEL,
        best=1.0,
        worst=0.0,
        summary="F1 of each class, averaged over the classes seen in truth or prediction",
    ),
    "rmse": Metric(
        rmse,
        higher_is_better=False,
        kind=NUMERIC,
        best=0.0,
        worst=inf,
        many_columns=True,
        summary="root of the mean squared error, averaged over the columns",
    ),
    "mae": Metric(
        mae,
        higher_is_better=False,
        kind=NUMERIC,
        best=0.0,
        worst=inf,
        many_columns=True,
        summary="mean absolute error, averaged over the columns",
    ),
    "roc_auc": Metric(
        roc_auc,
        higher_is_better=True,
        kind=SCORE,
        best=1.0,
        worst=0.0,
        needs_both_classes=True,
        summary="chance that a row of class 1 is scored above a row of class 0",
    ),
    "log_loss": Metric(
        log_loss,
        higher_is_better=False,
        kind=PROBABILITY,
        best=0.0,
        worst=36.04365338911715,
        summary="mean negative log of the probability given to the true class",
    ),
}


def metric_named(name: str) -> Metric:
    """The metric of this name. Raises UnknownMetric with the list of names."""
    if name not in METRICS:
        raise UnknownMetric(name, list(METRICS))
    return METRICS[name]
