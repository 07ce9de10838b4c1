"""Small competitions for the grader's tests, one for each metric, and how to write their files."""

from dataclasses import dataclass

import numpy as np
import pytest
import sklearn.metrics

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from grader.metrics import METRICS
from grader.metrics.fields import BIT, LABEL, UNIT
from grader.spec import GradingSpec

ORACLES = {
    "accuracy": sklearn.metrics.accuracy_score,
    "f1_macro": lambda a, p: sklearn.metrics.f1_score(a, p, average="macro"),
    "rmse": sklearn.metrics.root_mean_squared_error,
    "mae": sklearn.metrics.mean_absolute_error,
    "roc_auc": sklearn.metrics.roc_auc_score,
    "log_loss": lambda a, p: -np.log(np.clip(np.where(a > 0, p, 1 - p), 1e-15, 1 - 1e-15)).mean(),
}


@dataclass(frozen=True)
class Case:
    """A competition with its truth and one set of predictions, as text."""

    spec: GradingSpec
    ids: list[str]
    truth: list[list[str]]
    usage: list[str]
    predictions: list[list[str]]

    @property
    def key(self) -> AnswerKey:
        return AnswerKey.from_csv(key_file(self), self.spec)

    def rows(self, word: str) -> list[int]:
        return [row for row, usage in enumerate(self.usage) if usage == word]


def case(
    metric: str, rows: int = 40, *, seed: int = 0, ids: list[str] | None = None, columns: int = 1
) -> Case:
    """A competition of `rows` rows whose splits both have all classes."""
    rng = np.random.default_rng(seed)
    answers, takes = METRICS[metric].answers, METRICS[metric].predictions
    shape = (rows, columns)
    truth: np.ndarray
    predictions: np.ndarray
    if takes == LABEL:
        truth, predictions = rng.integers(0, 3, shape), rng.integers(0, 4, shape)
    elif answers != BIT:
        truth = rng.normal(size=shape)
        predictions = truth + rng.normal(size=shape)
    else:
        truth, predictions = rng.integers(0, 2, shape), rng.random(shape).round(2)
        truth[:4, 0] = [0, 1, 0, 1]
        predictions = predictions if takes == UNIT else predictions * 10 - 5
    usage = ["Public", "Public", "Private", "Private", "Ignored"]
    usage += [str(word) for word in rng.choice(["Public", "Private", "Ignored"], rows - 5)]
    names = tuple(f"y{number}" for number in range(columns))
    own_ids = [str(number) for number in rng.permutation(rows)]
    return Case(GradingSpec(metric, "id", names), ids or own_ids, _texts(truth), usage, _texts(predictions))


def key_file(case: Case) -> bytes:
    """answer_key.csv of the case."""
    header = [case.spec.id_column, *case.spec.target_columns, "Usage"]
    rows = [
        [name, *values, word] for name, values, word in zip(case.ids, case.truth, case.usage, strict=True)
    ]
    return written([header, *rows])


def submission_file(
    case: Case, values: list[list[str]] | None = None, order: list[int] | None = None
) -> bytes:
    """A submission of the case: its predictions, or other values, in any row order."""
    values = case.predictions if values is None else values
    rows = [[case.ids[row], *values[row]] for row in (range(len(case.ids)) if order is None else order)]
    return written([list(case.spec.columns), *rows])


def written(rows: list[list[str]], line_end: str = "\n") -> bytes:
    """The rows as CSV without quotes."""
    return "".join(",".join(row) + line_end for row in rows).encode()


def _texts(values: np.ndarray) -> list[list[str]]:
    return [[repr(value) for value in row] for row in values.tolist()]


IDS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]
SPEC = GradingSpec("rmse", "id", ("y",))


def key_of(spec: GradingSpec = SPEC, ids: list[str] = IDS, truth: str = "1", private: str = "0") -> AnswerKey:
    rows = [
        [name, *[truth if n % 3 else private] * len(spec.target_columns), "Private" if n % 2 else "Public"]
        for n, name in enumerate(ids)
    ]
    return AnswerKey.from_csv(written([["id", *spec.target_columns, "Usage"], *rows]), spec)


def problems_of(data: bytes, key: AnswerKey | None = None) -> dict[str, Problem]:
    with pytest.raises(InvalidSubmission) as error:
        grade(data, key or key_of())
    problems = {problem.code: problem for problem in error.value.problems}
    assert len(problems) == len(error.value.problems)
    return problems


def a_file(*rows: str, header: str = "id,y", good: bool = True) -> bytes:
    """These rows, and a good row for each id that they do not name."""
    ids = {row.split(",")[0].strip('"') for row in rows}
    others = [f"{name},0.5" for name in IDS if good and name not in ids]
    return "\n".join([header, *rows, *others, ""]).encode()
