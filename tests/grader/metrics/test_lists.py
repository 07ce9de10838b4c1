"""Lists: cutting fields at blanks and finding hits, against the obvious loops."""

from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import arrow
from grader.errors import Doubt
from grader.metrics.counting.hits import SHORT, hits, sizes
from grader.metrics.lists import Lists
from grader.reading.fields.lists import runs_of, split_items

FIELDS = st.lists(st.text("ab é\t走", max_size=8), max_size=12)


def lists(longest: int) -> st.SearchStrategy[list[list[int]]]:
    """Ten rows, up to so many items of few kinds."""
    return st.lists(st.lists(st.integers(0, 9), max_size=longest), min_size=10, max_size=10)


@given(fields=FIELDS, cut=st.integers(0, 12))
def test_a_field_is_cut_at_blanks_alone_and_blanks_make_no_items(fields: list[str], cut: int) -> None:
    chunks = [arrow.texts(fields[:cut]), arrow.texts(fields[cut:]).cast(pa.binary()).cast(pa.string())]

    items = split_items(pa.chunked_array(chunks)).to_pylist()

    assert items == [[item for item in field.split(" ") if item] for field in fields]


@given(rows=st.lists(st.lists(st.integers(0, 10**12 - 1), max_size=3), max_size=6))
def test_runs_are_read_as_they_stand(rows: list[list[int]]) -> None:
    pairs = [row * 2 for row in rows]
    column = pa.chunked_array([arrow.texts([" ".join(map(str, row)) for row in pairs])])

    runs = runs_of(column)

    assert [runs.row(number).tolist() for number in range(len(runs))] == pairs


@pytest.mark.parametrize(
    "field", ["1", "1 2 3", "1 -2", "+1 2", "1 2.0", "0x1 2", "1 \u0662", "1 1000000000000"]
)
def test_what_is_not_runs_in_digits_is_left_to_the_careful_way(field: str) -> None:
    with pytest.raises(Doubt):
        runs_of(pa.chunked_array([arrow.texts(["1 2", field])]))


@given(relevant=lists(5), ranked=lists(8))
def test_hits_are_the_relevant_items_each_at_its_first_place(
    relevant: list[list[int]], ranked: list[list[int]]
) -> None:
    expected = [
        (row, rank)
        for row, items in enumerate(ranked)
        for rank, item in enumerate(items)
        if item in relevant[row] and item not in items[:rank]
    ]
    # A long row of its own takes both ways: comparing all with all, and sorting.
    for more in ([], [list(range(100, 101 + SHORT))]):
        answers, predictions = Lists.of([*relevant, *more]), Lists.of([*ranked, *([[200]] if more else [])])
        rows, ranks = hits(answers, predictions)
        assert list(zip(rows.tolist(), ranks.tolist(), strict=True)) == expected
        assert sizes(answers).tolist() == [len(set(row)) for row in [*relevant, *more]]
        values = [ranked[row][rank] for row, rank in expected]
        np.testing.assert_array_equal(predictions.at(rows, ranks), values)


@given(rows=lists(6), most=st.integers(1, 7), start=st.integers(0, 9))
def test_rows_are_taken_and_cut_in_any_stretch(rows: list[list[int]], most: int, start: int) -> None:
    part = Lists.of(rows)[start:]
    backwards = np.arange(len(part))[::-1]

    take_rows, first = part.take(backwards), part.first(most)

    for number, row in enumerate(rows[start:]):
        assert take_rows.row(len(part) - 1 - number).tolist() == row
        assert first.row(number).tolist() == row[:most]
    assert part.columns(-1).T.tolist() == [
        row + [-1] * (max(map(len, rows[start:])) - len(row)) for row in rows[start:]
    ]


@given(
    st.integers(0, 4).flatmap(
        lambda width: st.lists(st.lists(st.integers(0, 9), min_size=width, max_size=width))
    ),
    st.lists(st.integers(0, 9), max_size=5),
    st.randoms(use_true_random=False),
)
def test_rows_of_one_length_are_taken_and_stand_in_columns_as_others_do(
    rows: list[list[int]], other: list[int], random: Random
) -> None:
    alike, mixed = Lists.of(rows), Lists.of([other, *rows])[1:]
    order = np.array(random.sample(range(len(rows)), len(rows)), dtype=np.int64)

    assert alike.take(order).flat.tolist() == [value for row in order for value in rows[row]]
    assert alike.take(order).ends.tolist() == mixed.take(order).ends.tolist()
    assert alike.columns(-1).tolist() == [list(column) for column in zip(*rows, strict=True)]
    assert mixed.columns(-1).tolist() == alike.columns(-1).tolist()
