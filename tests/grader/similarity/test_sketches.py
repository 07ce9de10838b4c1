"""Sketches: what two files say counts, not how they are written."""

import numpy as np
import pytest

from grader.custom_metrics.metric import CustomMetric
from grader.errors import InvalidSubmission
from grader.grade import read_answer_key
from grader.similarity.sketches import ROWS_MOST, Sketcher
from grader.spec import GradingSpec

ROWS = 6_000
METRIC = b"""
class ParticipantVisibleError(Exception):
    pass

def score(solution, submission, row_id_column_name):
    return float((solution["y"] == submission["y"]).mean())
"""


def csv_of(values: list[object], order: list[int] | None = None, line_end: str = "\n") -> bytes:
    rows = [f"{row},{values[row]}" for row in order or range(len(values))]
    return (line_end.join(["id,y", *rows]) + line_end).encode()


def sketcher_for(metric: str, truth: list[object], **settings: object) -> Sketcher:
    usage = ["Public" if row % 3 == 0 else "Private" for row in range(len(truth))]
    lines = [f"{row},{value},{use}" for row, (value, use) in enumerate(zip(truth, usage, strict=True))]
    data = ("\n".join(["id,y,Usage", *lines]) + "\n").encode()
    return Sketcher(read_answer_key(data, GradingSpec(metric, "id", ("y",), **settings)))  # type: ignore[arg-type]


def of(kind: str, seed: int) -> list[object]:
    rng = np.random.default_rng(seed)
    match kind:
        case "labels":
            return (
                ["cat", "dog", "cow", "ox"] * (ROWS // 4)
                if seed == 0
                else rng.choice(["cat", "dog"], ROWS).tolist()
            )
        case "numbers":
            return rng.normal(size=ROWS).round(4).tolist()
        case "lists":
            return [f"{a} {b}" for a, b in rng.integers(0, 9, (ROWS, 2))]
        case _:
            return [f"word {number}" for number in rng.integers(0, 99, ROWS)]


KINDS = [
    ("labels", "accuracy", True),
    ("numbers", "rmse", False),
    ("lists", "map_at_k", True),
    ("text", "wer", True),
]


@pytest.mark.parametrize(("kind", "metric", "is_labels"), KINDS)
def test_a_shuffled_and_reformatted_file_has_the_same_sketch_and_another_file_another(
    kind: str, metric: str, is_labels: bool
) -> None:
    sketcher, values = sketcher_for(metric, of(kind, 0)), of(kind, 1)
    order = np.random.default_rng(2).permutation(ROWS).tolist()

    one, same = sketcher.sketch(csv_of(values)), sketcher.sketch(csv_of(values, order, "\r\n"))
    other = sketcher.sketch(csv_of([*values[:-1], of(kind, 3)[0]] if kind == "numbers" else of(kind, 3)))

    assert sketcher.is_labels is is_labels
    assert len(one.values) == len(sketcher.truth) == ROWS_MOST
    assert one.digest == same.digest != other.digest
    assert np.array_equal(one.values, same.values)


@pytest.mark.parametrize(("kind", "metric", "is_labels"), KINDS[:2])
def test_the_true_values_are_those_of_the_sampled_rows(kind: str, metric: str, is_labels: bool) -> None:
    truth = of(kind, 0)
    sketcher = sketcher_for(metric, truth)

    perfect = sketcher.sketch(csv_of(truth))

    assert np.allclose(perfect.values, sketcher.truth)
    assert np.array_equal(sketcher.answers(csv_of(truth))[sketcher.rows], perfect.values)


def test_labels_that_the_key_does_not_have_count_as_one() -> None:
    sketcher = sketcher_for("accuracy", ["a", "b"] * 50)

    one, other = (sketcher.sketch(csv_of(["a", *labels * 50][:100])) for labels in (["x", "y"], ["y", "x"]))

    assert np.array_equal(one.values, other.values)


def test_shares_of_classes_are_compared_with_the_true_class() -> None:
    sketcher = sketcher_for("log_loss_multiclass", ["a", "b"] * 50, labels=("a", "b"))
    lines = [f"{row},0.75,0.25" for row in range(100)]

    sketch = sketcher.sketch(("\n".join(["id,a,b", *lines]) + "\n").encode())

    assert (sketcher.is_labels, sketcher.columns) == (False, 2)
    assert sketcher.truth[:2].tolist() in ([1.0, 0.0], [0.0, 1.0])
    assert sketch.values[:2].tolist() == [0.75, 0.25]


@pytest.mark.parametrize(("truth", "is_labels"), [(["a", "b"], True), (["0.5", "1.5"], False)])
def test_files_for_a_metric_of_the_homeworks_own_are_compared_too(truth: list[str], is_labels: bool) -> None:
    metric = CustomMetric.read(METRIC, arguments={}, higher_is_better=True)
    sketcher = sketcher_for("custom", truth * 50, custom=metric)

    sketch = sketcher.sketch(csv_of([truth[0]] * 100))

    assert sketcher.is_labels is is_labels
    assert (sketch.values == sketcher.truth).mean() == 0.5


def test_a_file_that_is_not_well_formed_has_no_sketch() -> None:
    with pytest.raises(InvalidSubmission):
        sketcher_for("accuracy", ["a", "b"] * 50).sketch(b"id,y\n1,a\n")
