"""What a metric is: a function of true and predicted values, its direction, and the values it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

# Finite numbers, float64; (n_rows, n_targets) for NUMERIC, (n_rows,) for SCORE and PROBABILITY.
Numbers: TypeAlias = NDArray[np.float64]
# Class numbers 0, 1, 2, ... of any integer type, (n_rows,). Equal labels have equal numbers on both sides.
Codes: TypeAlias = NDArray[np.integer]


class Kind(StrEnum):
    """What a target column of a submission holds."""

    NUMERIC = "numeric"  # finite numbers, in one or more columns; the key holds numbers
    LABEL = "label"  # one class label as text; the key holds labels
    SCORE = "score"  # one finite number, larger for class 1; the key holds 0 and 1
    PROBABILITY = "probability"  # one number in [0, 1], the probability of class 1; the key holds 0 and 1


NUMERIC, LABEL, SCORE, PROBABILITY = Kind.NUMERIC, Kind.LABEL, Kind.SCORE, Kind.PROBABILITY


@dataclass(frozen=True, slots=True)
class Metric:
    """One way to turn true and predicted values of one split into a number.

    function: (answers, predictions) -> score, arrays of the shapes that `kind` says, in the key's row order.
    best, worst: the ends of the range; worst may be infinite. summary: one line for people.
    many_columns: may have more than one target column. needs_both_classes: undefined where a split has only
    one.
    """

    function: Callable[..., float]  # the types of its two arrays follow from kind
    higher_is_better: bool
    kind: Kind
    best: float
    worst: float
    summary: str
    many_columns: bool = False
    needs_both_classes: bool = False
