"""The parts of a metric's proof, and how their texts become files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from grader.answer_keys.answer_key import AnswerKey
from grader.spec import GradingSpec

Row = list[str]


class ExpectedRefusal(Enum):
    """What must happen where there is no score."""

    KEY = "the answer key is refused"
    FILE = "the submission is refused"


@dataclass(frozen=True)
class Trial:
    """Rows of one competition.

    truth: the key's fields; predictions: an upload's; perfect: the best upload's, or None where a metric's
    best value is out of reach.
    """

    truth: list[Row]
    predictions: list[Row]
    perfect: list[Row] | None


@dataclass(frozen=True)
class Edge:
    """A small case whose score is known: `expected`, or the oracle's when it is None."""

    truth: list[Row]
    predictions: list[Row]
    expected: float | ExpectedRefusal | None = None


@dataclass(frozen=True)
class Proof:
    """make: a random trial of so many rows, usable whichever half is public. oracle: the score of rows.

    settings: what GradingSpec gets beside the metric and `id`. edges: by what they are about.
    at_least: rows of a split for which `make` promises a score. tolerance: relative, of oracle and metric.
    """

    make: Callable[[np.random.Generator, int], Trial]
    oracle: Callable[[list[Row], list[Row]], float]
    edges: Mapping[str, Edge]
    settings: Mapping[str, object] = field(default_factory=lambda: {"target_columns": ("y",)})
    at_least: int = 8
    tolerance: float = 1e-9

    def spec(self, metric: str) -> GradingSpec:
        """The spec of the trials."""
        return GradingSpec(metric, "id", **self.settings)  # type: ignore[arg-type]


def quoted(text: str) -> str:
    """A field of a CSV file."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as CSV, quoted where a field needs it."""
    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode()


def key_of(spec: GradingSpec, truth: list[Row], usage: list[str]) -> AnswerKey:
    """The prepared answer key; row n has the id r<n>."""
    rows = [[f"r{n}", *fields, word] for n, (fields, word) in enumerate(zip(truth, usage, strict=True))]
    return AnswerKey.from_csv(written([spec.key_columns, *rows]), spec)


def file_of(spec: GradingSpec, predictions: list[Row], order: Sequence[int] | None = None) -> bytes:
    """The submission, its rows in any order."""
    order = range(len(predictions)) if order is None else order
    return written([spec.columns, *([f"r{n}", *predictions[n]] for n in order)])
