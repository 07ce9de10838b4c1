"""What the tiers of homework 1 share: the table, and one way to train a network of scikit-learn's."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.neural_network import MLPRegressor

from baselines.training import report

STATES, PER_DAY = 40, 18  # the table: 40 state indicators, then 18 columns for each of three days
HIDDEN = 64  # units of the one hidden layer
BATCH = 270  # rows per step


@dataclass(frozen=True)
class Table:
    """Training rows (n, 93) with their targets (n,) in percent; the test's rows (m, 93) and their ids."""

    train: np.ndarray
    targets: np.ndarray
    test: np.ndarray
    ids: pd.Series


def load(public: Path) -> Table:
    """The rows of both files."""
    train = pd.read_csv(public / "covid.train.csv").drop(columns="id").to_numpy()  # (rows, 94)
    test = pd.read_csv(public / "covid.test.csv")  # (rows, 94): id and 93 columns
    return Table(train[:, :-1], train[:, -1], test.drop(columns="id").to_numpy(), test["id"])


def fit(model: MLPRegressor, features: np.ndarray, targets: np.ndarray, *, epochs: int) -> None:
    """Train a network on features (rows, n), scaled, and targets (rows,) in percent."""
    for epoch in range(1, epochs + 1):
        model.partial_fit(features, targets)  # one pass over shuffled batches
        report(epoch=epoch, epochs=epochs, loss=model.loss_)
