"""IdIndex and its tables: every id of the key is found in any order, and nothing else is taken for one."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.errors import Doubt
from grader.reading.ids.index import IdIndex
from grader.reading.ids.perfect_hash import PerfectHash, odd_numbers
from grader.reading.ids.tables import ArrowTable, HashTable, NumberTable, PaddedNumberTable, id_table

FORMS = {
    "numbers": (NumberTable, [str(number) for number in range(95, 130)]),
    "padded": (PaddedNumberTable, [f"img_{number:06d}.jpg" for number in range(35)]),
    "sparse": (HashTable, [str(7**number) for number in range(15)]),
    "one width": (HashTable, [f"{number * 7919:010x}" for number in range(35)]),
    "short": (HashTable, ["", *(f"x{number}" for number in range(34))]),
    "words": (HashTable, [f"{'ab' * (number % 13)}/{number}" for number in range(35)]),
    "long": (ArrowTable, [f"{'path/' * 20}{number}" for number in range(35)]),
}
EVERY_FORM = pytest.mark.parametrize("form", FORMS)


def chunked(ids: list[str], pieces: int = 3, kind: pa.DataType | None = None) -> pa.ChunkedArray:
    parts = [part.tolist() for part in np.array_split(np.array(ids, dtype=object), pieces)]
    return pa.chunked_array([pa.array(part, pa.string()) for part in parts]).cast(kind or pa.string())


@EVERY_FORM
def test_each_form_of_ids_has_its_table(form: str) -> None:
    table, ids = FORMS[form]

    assert isinstance(id_table(pa.array(ids), np.arange(len(ids))), table)


@EVERY_FORM
@pytest.mark.parametrize("kind", [pa.string(), pa.binary()])
@given(random=st.randoms(use_true_random=False), pieces=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_ids_are_found_in_any_order(form: str, kind: pa.DataType, random, pieces: int) -> None:
    _, ids = FORMS[form]
    places = np.array(random.sample(range(len(ids)), len(ids)))
    shuffled = random.sample(ids, len(ids))

    rows = IdIndex(pa.array(ids), places).places_of(chunked(shuffled, pieces, kind))

    assert rows.tolist() == [places[ids.index(name)] for name in shuffled]


@EVERY_FORM
@given(random=st.randoms(use_true_random=False), strange=st.text(max_size=20))
@settings(max_examples=25, deadline=None)
def test_one_strange_or_repeated_id_is_a_doubt(form: str, random, strange: str) -> None:
    _, ids = FORMS[form]
    shuffled = random.sample(ids, len(ids))
    at = random.randrange(len(ids))
    spoilt = [*shuffled[:at], strange if strange not in ids else shuffled[at - 1], *shuffled[at + 1 :]]

    with pytest.raises(Doubt):
        IdIndex(pa.array(ids)).places_of(chunked(spoilt))


@EVERY_FORM
def test_one_byte_of_difference_is_a_doubt(form: str) -> None:
    _, ids = FORMS[form]
    index = IdIndex(pa.array(ids))
    victim = ids[-1]

    for at in range(len(victim)):
        for other in "019ax/ ":
            spoilt = victim[:at] + other + victim[at + 1 :]
            if spoilt not in ids:
                with pytest.raises(Doubt):
                    index.places_of(chunked([spoilt, *ids[:-1]]))


def test_numbers_that_trade_a_leading_zero_for_a_lost_digit_are_a_doubt() -> None:
    index = IdIndex(pa.array(["1", "2", "10", "11"]))

    with pytest.raises(Doubt):
        index.places_of(chunked(["01", "2", "1", "11"]))


def test_a_slice_of_an_array_is_read_at_its_own_place() -> None:
    ids = [f"x{number}" for number in range(9)]
    index = IdIndex(pa.array(ids))

    parts = [pa.array(["zz", *ids[5:], "zz"]).slice(1, 4), pa.array([*ids[:5], "zz"]).slice(0, 5)]

    assert index.places_of(pa.chunked_array(parts)).tolist() == [5, 6, 7, 8, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 5000])
def test_a_perfect_hash_gives_each_key_a_slot_of_its_own(count: int) -> None:
    hashes = odd_numbers(count, seed=5)

    table = PerfectHash(hashes)

    slots = table.slots(hashes)
    assert len(set(slots.tolist())) == count
    assert all(0 <= slot < table.size for slot in slots.tolist())


def test_odd_numbers_are_odd_and_all_different() -> None:
    numbers = odd_numbers(10_000, seed=1)

    assert (numbers % 2 == 1).all()
    assert len(np.unique(numbers)) == 10_000
