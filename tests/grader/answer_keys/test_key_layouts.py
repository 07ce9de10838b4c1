"""Keys as notebooks write them: truth values for 1 and 0, a column of 0 and 1 for each class."""

import numpy as np
import pytest

from grader.answer_keys.answer_key import AnswerKey
from grader.errors import BadSpec, InvalidAnswerKey, Problem
from grader.grade import grade
from grader.metrics import METRICS, Columns
from grader.metrics.fields import SCORE
from grader.spec import GradingSpec
from tests.grader.cases import case, key_file, submission_file, written

CLASSES = ("cat", "dog", "owl")
PER_CLASS = [name for name, metric in METRICS.items() if metric.columns is Columns.PER_CLASS]
ROWS = 24


def usage(row: int) -> str:
    return ("Public", "Private", "Ignored")[row // 3 % 3]


def label_key(metric: str) -> AnswerKey:
    rows = [[str(row), CLASSES[row % 3], usage(row)] for row in range(ROWS)]
    return AnswerKey.from_csv(
        written([["id", "y", "Usage"], *rows]), GradingSpec(metric, "id", ("y",), labels=CLASSES)
    )


def one_hot_file(one: str = "1", zero: str = "0", columns: tuple[str, ...] = CLASSES) -> bytes:
    rows = [
        [str(row), *(one if CLASSES[row % 3] == name else zero for name in columns), usage(row)]
        for row in range(ROWS)
    ]
    return written([["id", *columns, "Usage"], *rows])


@pytest.mark.parametrize("metric", PER_CLASS)
@pytest.mark.parametrize(("one", "zero"), [("1", "0"), ("1.0", "0.0"), ("True", "False")])
def test_a_column_a_class_scores_as_a_column_of_labels(metric: str, one: str, zero: str) -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(3), ROWS)
    file = written(
        [["id", *CLASSES], *([str(row), *map(str, values)] for row, values in enumerate(shares.tolist()))]
    )
    columns = ("owl", "cat", "dog")

    spec = GradingSpec(metric, "id", columns, labels=CLASSES)
    key = AnswerKey.from_csv(one_hot_file(one, zero, columns), spec)

    assert grade(file, key) == grade(file, label_key(metric))
    assert (key.spec.labels, key.spec.prediction_columns) == (CLASSES, CLASSES)


def test_the_labels_of_a_column_a_class_are_its_columns_names_where_none_are_declared() -> None:
    assert GradingSpec("log_loss_multiclass", "id", CLASSES).prediction_columns == CLASSES
    with pytest.raises(BadSpec, match="one named by each label"):
        GradingSpec("log_loss_multiclass", "id", CLASSES, labels=("cat", "dog"))
    with pytest.raises(BadSpec, match="takes one target column"):
        GradingSpec("accuracy", "id", CLASSES)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1,1,1,0,Public", "not_one_hot"),
        ("1,0,0,0,Public", "not_one_hot"),
        ("1,0,0.5,0,Public", "not_two_classes"),
    ],
)
def test_a_row_of_no_single_class_is_named(line: str, code: str) -> None:
    data = one_hot_file().replace(b"1,0,1,0,Public", line.encode())

    with pytest.raises(InvalidAnswerKey) as error:
        AnswerKey.from_csv(data, GradingSpec("log_loss_multiclass", "id", CLASSES))

    problems: tuple[Problem, ...] = error.value.problems
    assert [(problem.code, problem.lines) for problem in problems] == [(code, (3,))]


@pytest.mark.parametrize("metric", ["roc_auc", "log_loss", "average_precision", "brier"])
@pytest.mark.parametrize("words", [("False", "True"), ("false", "true"), ("FALSE", "TRUE")])
def test_truth_values_in_a_key_are_1_and_0(metric: str, words: tuple[str, str]) -> None:
    bits = case(metric, 40)
    data = key_file(bits)
    for bit, word in zip("01", words, strict=True):
        data = data.replace(f",{bit},".encode(), f",{word},".encode())

    key = AnswerKey.from_csv(data, bits.spec)

    assert grade(submission_file(bits), key) == grade(submission_file(bits), bits.key)


def test_truth_values_beside_numbers_are_still_refused() -> None:
    bits = case("roc_auc", 40)
    data = key_file(bits).replace(b",1,", b",True,", 1)

    with pytest.raises(InvalidAnswerKey, match="must hold numbers"):
        AnswerKey.from_csv(data, bits.spec)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "spearman", "kendall_tau"])
def test_scores_of_which_the_order_alone_counts_may_be_of_any_size(metric: str) -> None:
    small = case(metric, 40)
    ties = np.unique([float(row[0]) for row in small.predictions], return_inverse=True)[1]
    huge = [[repr((-1.7e308, -1e200, 0.0, 1e150, 1.7e308)[min(rank, 4)])] for rank in ties.tolist()]
    few = [[str(min(rank, 4))] for rank in ties.tolist()]

    assert METRICS[metric].predictions == SCORE
    assert grade(submission_file(small, huge), small.key) == grade(submission_file(small, few), small.key)
