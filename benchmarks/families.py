"""Competitions for the grader's benchmark: a metric of each family, and what a user would write for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import jiwer
import numpy as np
import pandas as pd
import sklearn.metrics

Oracle = Callable[[pd.DataFrame, pd.DataFrame], float]
Frames = tuple[pd.DataFrame, pd.DataFrame]
WORDS = np.array(["the", "a", "of", "model", "data", "loss", "train", "score", "label", "test", "net"])


@dataclass(frozen=True)
class MetricFamily:
    """A metric that stands for its family.

    make: the key's true columns and a submission's, of so many rows. oracle: the obvious score of frames
    whose columns are called alike. texts: whether fields are text, for the floor's parse. most: rows beyond
    which nobody would wait. settings: of the spec, beside the metric and the columns.
    """

    metric: str
    make: Callable[[np.random.Generator, int], Frames]
    oracle: Oracle
    texts: bool = False
    most: int = 10_000_000
    settings: dict[str, object] = field(default_factory=dict)


def labels(rng: np.random.Generator, rows: int) -> Frames:
    """Ten classes of which four fifths are right."""
    truth = rng.integers(0, 10, rows)
    return one(truth, np.where(rng.random(rows) < 0.8, truth, rng.integers(0, 10, rows)))


def chances(rng: np.random.Generator, rows: int) -> Frames:
    """Two classes and a probability."""
    truth = rng.integers(0, 2, rows)
    return one(truth, np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0.001, 0.999))


def numbers(columns: int) -> Callable[[np.random.Generator, int], Frames]:
    """So many columns of numbers with noise."""

    def make(rng: np.random.Generator, rows: int) -> Frames:
        truth = rng.normal(size=(rows, columns))
        names = ["y"] if columns == 1 else [f"y{column}" for column in range(columns)]
        noisy = truth + rng.normal(size=truth.shape)
        return pd.DataFrame(truth, columns=names), pd.DataFrame(noisy, columns=names)

    return make


def classes(rng: np.random.Generator, rows: int) -> Frames:
    """A label of ten, and a share for each."""
    truth = rng.integers(0, 10, rows)
    scores = rng.random((rows, 10)) + np.eye(10)[truth]
    shares = scores / scores.sum(axis=1, keepdims=True)
    return pd.DataFrame({"y": [f"c{each}" for each in truth]}), pd.DataFrame(shares, columns=CLASSES)


def lists(rng: np.random.Generator, rows: int) -> Frames:
    """One to three items, and a ranking of five."""
    truth = [" ".join(map(str, rng.integers(0, 500, count))) for count in rng.integers(1, 4, rows)]
    predictions = [" ".join(map(str, each)) for each in rng.integers(0, 500, (rows, 5))]
    return one(truth, predictions)


def sentences(rng: np.random.Generator, rows: int) -> Frames:
    """Eight words, of which some are others."""
    truth = rng.choice(WORDS, (rows, 8))
    predictions = np.where(rng.random(truth.shape) < 0.2, rng.choice(WORDS, truth.shape), truth)
    return one([" ".join(row) for row in truth], [" ".join(row) for row in predictions])


def masks(rng: np.random.Generator, rows: int) -> Frames:
    """Ten runs in an image of 256 times 256 pixels."""
    starts = np.arange(10) * 6_000 + 1 + rng.integers(0, 3_000, (2, rows, 10))
    lengths = rng.integers(1, 3_000, (2, rows, 10))
    sides = [
        [" ".join(map(str, row)) for row in np.stack([starts[side], lengths[side]], axis=2).reshape(rows, -1)]
        for side in (0, 1)
    ]
    return one(*sides)


def one(truth: object, predictions: object) -> Frames:
    """One column on each side."""
    return pd.DataFrame({"y": truth}), pd.DataFrame({"y": predictions})


def of_columns(function: Callable[..., float], **settings: object) -> Oracle:
    """scikit-learn over the values."""
    return lambda truth, predictions: float(function(truth.to_numpy(), predictions.to_numpy(), **settings))


def map_at_5(truth: pd.DataFrame, predictions: pd.DataFrame) -> float:
    """Row by row, as the published scripts do."""
    total = 0.0
    for answer, prediction in zip(truth["y"], predictions["y"], strict=True):
        right, relevant, items = 0, set(answer.split()), prediction.split()[:5]
        for rank, item in enumerate(items, start=1):
            if item in relevant and item not in items[: rank - 1]:
                right += 1
                total += right / rank / min(len(relevant), 5)
    return total / len(truth)


def painted(text: str) -> np.ndarray:
    """A mask pixel by pixel, as the published scripts do."""
    mask = np.zeros(65_536, dtype=bool)
    values = [int(each) for each in text.split()]
    for start, length in zip(values[0::2], values[1::2], strict=True):
        mask[start - 1 : start - 1 + length] = True
    return mask


def dice(truth: pd.DataFrame, predictions: pd.DataFrame) -> float:
    """Mask by mask."""
    total = 0.0
    for answer, prediction in zip(truth["y"], predictions["y"], strict=True):
        one, other = painted(answer), painted(prediction)
        total += 2.0 * (one & other).sum() / (one.sum() + other.sum())
    return total / len(truth)


def share_loss(truth: pd.DataFrame, predictions: pd.DataFrame) -> float:
    """Multi-class log loss."""
    return float(sklearn.metrics.log_loss(truth["y"], predictions[CLASSES], labels=CLASSES))


CLASSES = [f"c{each}" for each in range(10)]
metrics = sklearn.metrics
CASES = {
    "accuracy": MetricFamily("accuracy", labels, of_columns(metrics.accuracy_score)),
    "f1_macro": MetricFamily("f1_macro", labels, of_columns(metrics.f1_score, average="macro")),
    "roc_auc": MetricFamily("roc_auc", chances, of_columns(metrics.roc_auc_score)),
    "log_loss": MetricFamily("log_loss", chances, of_columns(metrics.log_loss)),
    "log_loss_multiclass": MetricFamily(
        "log_loss_multiclass", classes, share_loss, settings={"labels": CLASSES}, most=1_000_000
    ),
    "rmse": MetricFamily("rmse", numbers(1), of_columns(metrics.root_mean_squared_error)),
    "mae": MetricFamily("mae", numbers(1), of_columns(metrics.mean_absolute_error)),
    "rmse-10": MetricFamily("rmse", numbers(10), of_columns(metrics.root_mean_squared_error), most=1_000_000),
    "map_at_k": MetricFamily("map_at_k", lists, map_at_5, texts=True, most=1_000_000),
    "wer": MetricFamily(
        "wer", sentences, lambda a, p: jiwer.wer([*a["y"]], [*p["y"]]), texts=True, most=100_000
    ),
    "dice_mean": MetricFamily(
        "dice_mean",
        masks,
        dice,
        texts=True,
        most=10_000,
        settings={"arguments": {"height": 256, "width": 256}},
    ),
}
