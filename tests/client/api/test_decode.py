"""JSON into typed values and back."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.api.decode import Json, Mismatch, decode, encode, json_text
from client.api.types.competitions import Progress, Today


@dataclass(frozen=True)
class Mixed:
    name: int | str
    ratio: float
    flags: tuple[bool, ...] = ()


days = st.builds(
    Today,
    day=st.dates().map(str),
    used=st.integers(),
    left=st.integers(),
    limit=st.integers(),
    resets_at=st.datetimes(timezones=st.just(UTC)),
    resets_in_seconds=st.floats(allow_nan=False),
)


@given(days)
def test_what_is_encoded_decodes_to_the_same_value(day: Today) -> None:
    assert decode(Today, encode(day)) == day


def test_a_whole_number_is_a_number_and_a_truth_value_is_not() -> None:
    assert decode(Progress, {"loss": 1}) == Progress(loss=1.0)
    with pytest.raises(Mismatch, match=r"Progress\.loss: Expected `float \| null`, got `bool`"):
        decode(Progress, {"loss": True})


def test_times_are_written_as_the_server_writes_them() -> None:
    assert json_text({"now": datetime(2026, 3, 14, 12, tzinfo=UTC)}) == (
        '{\n  "now": "2026-03-14T12:00:00.000000Z"\n}'
    )


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([], "Mixed: Expected `object`, got `array`"),
        ({"name": 1}, "Mixed: Object missing required field `ratio`"),
        ({"name": [], "ratio": 1}, r"Mixed\.name: Expected `int \| str`, got `array`"),
        ({"name": "a", "ratio": 1, "flags": 3}, r"Mixed\.flags: Expected `array`, got `int`"),
        ({"name": "a", "ratio": 1, "flags": [True, 0]}, r"Mixed\.flags\[1\]: Expected `bool`, got `int`"),
    ],
)
def test_a_misfit_is_named_with_its_path(value: Json, path: str) -> None:
    with pytest.raises(Mismatch, match=path):
        decode(Mixed, value)


@pytest.mark.parametrize("time", ["yesterday", "2026-03-14T12:00:00", 12])
def test_a_time_without_its_zone_is_refused(time: Json) -> None:
    day = {"day": "d", "used": 0, "left": 0, "limit": 0, "resets_at": time, "resets_in_seconds": 0}

    with pytest.raises(
        Mismatch, match=r"Today\.resets_at: (Expected `datetime`|Invalid RFC3339 encoded datetime)"
    ):
        decode(Today, day)
