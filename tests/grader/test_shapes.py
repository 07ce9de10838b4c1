"""A file may be refused by the shape of a private row, and that is no secret: the sample shows the same.

The docstring of grader/errors.py says which shapes these are.
"""

from collections.abc import Callable

import pytest

from grader import errors
from grader.answer_keys.answer_key import AnswerKey
from grader.check import check
from grader.errors import InvalidSubmission, Problem
from grader.grade import grade
from grader.metrics import METRICS
from grader.metrics.fields import ClassMapField, ListField, RunsField, TagsField
from grader.spec import GradingSpec

# A key's fields of a public and a private row, another private one of the same shape, a sample, and fields
# that do not fit the private row.
Rows = tuple[str, str]
SHAPES: dict[str, tuple[Rows, str, Rows, list[str]]] = {
    "ner_f1": (("O B-X", "B-X O O"), "O O B-X", ("O O", "O O O"), ["O O", "O B-X O O", ""]),
    "kendall_tau_orderings": (("a b", "x y z"), "z y x", ("b a", "y x z"), ["x y", "x y y", "x y z w"]),
    "iou_class_maps": (("1 4", "1 4 2 4"), "2 8", ("1 4", "1 8"), ["1 7", "1 9", ""]),
}


def has_shapes(metric: str) -> bool:
    field = METRICS[metric].predictions
    return isinstance(field, TagsField | ClassMapField) or (isinstance(field, ListField) and field.orders)


def file_of(*values: str) -> bytes:
    return "\n".join(["id,y", *(f"{row},{value}" for row, value in enumerate(values)), ""]).encode()


def key_of(metric: str, public: str, private: str) -> AnswerKey:
    data = f"id,y,Usage\n0,{public},Public\n1,{private},Private\n".encode()
    return AnswerKey.from_csv(data, GradingSpec(metric, "id", ("y",)))


def problems_of(judge: Callable[[], object]) -> tuple[Problem, ...]:
    with pytest.raises(InvalidSubmission) as error:
        judge()
    return error.value.problems


def test_every_metric_of_shapes_is_tried_here_and_named_where_the_promise_is() -> None:
    assert sorted(filter(has_shapes, METRICS)) == sorted(SHAPES)
    assert [metric for metric in SHAPES if metric not in str(errors.__doc__)] == []
    assert [metric for metric in SHAPES if "sample_submission.csv" not in METRICS[metric].edges] == []


@pytest.mark.parametrize("metric", SHAPES)
def test_a_shape_that_a_private_row_refuses_is_refused_by_the_sample_in_the_same_words(metric: str) -> None:
    (public, private), other, sample, misfits = SHAPES[metric]
    keys = key_of(metric, public, private), key_of(metric, public, other)

    for field in misfits:
        file = file_of(sample[0], field)
        by_sample = problems_of(lambda file=file: check(file, sample=file_of(*sample), metric=metric))
        for key in keys:
            assert problems_of(lambda file=file, key=key: grade(file, key)) == by_sample


@pytest.mark.parametrize("metric", SHAPES)
def test_a_sample_that_does_not_show_the_shapes_is_refused_with_the_key(metric: str) -> None:
    (public, private), _, sample, misfits = SHAPES[metric]
    key = key_of(metric, public, private)

    assert grade(file_of(*sample), key).rows == 2
    for field in misfits:
        problems_of(lambda field=field: grade(file_of(sample[0], field), key))


@pytest.mark.parametrize(
    "metric", [name for name, metric in METRICS.items() if isinstance(metric.predictions, RunsField)]
)
def test_a_mask_is_refused_by_its_images_sides_and_never_by_the_true_mask(metric: str) -> None:
    spec = GradingSpec(metric, "id", ("y",), auxiliary={"heights": "h", "widths": "w"})
    keys = [
        AnswerKey.from_csv(f"id,y,h,w,Usage\n0,1 2,2,2,Public\n1,{mask},3,3,Private\n".encode(), spec)
        for mask in ("", "1 9", "2 1 5 2")
    ]

    assert {key.metric.edges for key in keys} == {METRICS[metric].edges}
    assert "whose sides are the test set's" in METRICS[metric].edges
    for field in ("9 2", "10 1", "1 0", "0 1"):
        problems = [
            problems_of(lambda key=key, field=field: grade(file_of("1 1", field), key)) for key in keys
        ]
        assert problems[0] == problems[1] == problems[2]
