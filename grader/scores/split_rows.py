"""The rows of one split as a metric is given them: true values, predictions, settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.metrics import METRICS, Metric
from grader.metrics.row_terms import RowTerms
from grader.reading.fields.values import Values, take_rows


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of one split.

    name: of the catalogue's metric. answers, predictions: as its fields and columns say, n rows each.
    arguments: the metric's settings. auxiliary: the key's further columns, n rows each. classes: how many
    labels are declared.
    """

    name: str
    answers: Values = field(repr=False)
    predictions: Values = field(repr=False)
    arguments: Mapping[str, Any]
    auxiliary: Mapping[str, Values] = field(repr=False)
    classes: int = 0

    def __len__(self) -> int:
        return len(self.answers)

    @property
    def metric(self) -> Metric:
        """The metric of the catalogue."""
        return METRICS[self.name]

    def score(self) -> float:
        """The metric's value on these rows."""
        return self.metric.function(self.answers, self.predictions, **self.settings)

    def terms(self) -> RowTerms | None:
        """What each row adds to the score, where the metric is a mean or a ratio of sums."""
        terms = self.metric.terms
        return None if terms is None else terms(self.answers, self.predictions, **self.settings)

    @property
    def settings(self) -> dict[str, Any]:
        """What the metric is called with beside answers and predictions."""
        return {**self.arguments, **self.auxiliary}

    def take(self, rows: NDArray[np.int64]) -> "Rows":
        """These rows, in this order; a row may come several times."""
        return replace(
            self,
            answers=take_rows(self.answers, rows),
            predictions=take_rows(self.predictions, rows),
            auxiliary={name: take_rows(values, rows) for name, values in self.auxiliary.items()},
        )

    def has_a_score(self) -> bool:
        """Whether the answers of these rows have what the metric needs."""
        facts = {**self.settings, "classes": self.classes}
        return len(self) > 0 and all(need.met(self.answers, **facts) for need in self.metric.needs)
