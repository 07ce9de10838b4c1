"""Where exactly one of two submissions is right: counted as one would by hand, for drawn rows."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.metrics import METRICS
from grader.scores.disagreement import difference_error, disagreements, has_labels
from grader.scores.split_rows import Rows
from grader.scores.uncertainty import QUICK_METHODS, method_of
from tests.grader.scores.test_uncertainty import public_rows

LABELS = pa.array(["cat", "dog", "owl"])
rows_of_three = st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=2, max_size=60)


def sides(rows: list[tuple[int, int, int]]) -> tuple[Rows, Rows]:
    truth, one, other = (np.array(values) for values in zip(*rows, strict=True))
    return Rows("accuracy", truth, one, {}, {}), Rows("accuracy", truth, other, {}, {})


@given(rows_of_three)
def test_counts_are_those_of_rows_on_which_exactly_one_is_right(rows: list[tuple[int, int, int]]) -> None:
    first, second = sides(rows)
    of_first = Counter(LABELS[truth].as_py() for truth, one, other in rows if one == truth != other)
    of_second = Counter(LABELS[truth].as_py() for truth, one, other in rows if other == truth != one)

    listed = disagreements(first, second, LABELS)

    assert {each.label: (each.first, each.second) for each in listed} == {
        label: (of_first[label], of_second[label]) for label in {*of_first, *of_second}
    }
    sizes = [each.first + each.second for each in listed]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(each.first - each.second for each in listed) == round(
        (first.score() - second.score()) * len(rows)
    )


@pytest.mark.parametrize("name", sorted(METRICS))
def test_the_error_of_a_difference_is_known_where_boards_know_that_of_a_score(name: str) -> None:
    rows = public_rows(name, 24)

    assert (difference_error(rows, rows) is not None) <= (method_of(rows) in QUICK_METHODS)
    assert difference_error(rows, rows) in (None, pytest.approx(0.0, abs=1e-9))


def test_a_row_is_one_label_in_metrics_of_labels_alone() -> None:
    names = {name for name in METRICS if has_labels(public_rows(name, 24))}

    assert {"accuracy", "f1_macro", "balanced_accuracy", "mcc"} <= names
    assert not names & {"rmse", "log_loss_multiclass", "map_at_k", "squad_em", "ner_f1", "map_boxes"}
