"""What precision, recall, F and their kin are made of: how often labels are right, true and predicted."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Count = TypeVar("Count")


@dataclass(frozen=True, slots=True)
class LabelCounts(Generic[Count]):
    """How often each label, or each row's labels, stand in both, in the answers, in the predictions.

    Three numbers, or three arrays with a number for each class or row.
    """

    hits: Count
    answers: Count
    predictions: Count
