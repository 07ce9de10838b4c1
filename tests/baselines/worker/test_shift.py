"""A worker's hours, and how a person or a scheduler names an instant."""

from datetime import UTC, datetime, timedelta

import pytest

from baselines.worker.shift import Shift, ShiftError, instant

NOW = datetime(2030, 3, 13, 12, 0, tzinfo=UTC)


class Clock:
    """Seconds since 1970, moved on by the test."""

    def __init__(self) -> None:
        self.seconds = NOW.timestamp()

    def __call__(self) -> float:
        return self.seconds


def test_a_shift_without_limits_never_ends() -> None:
    clock = Clock()
    shift = Shift(clock=clock)
    clock.seconds += 10**9

    assert not shift.is_over()
    assert not shift.is_limited
    assert shift.seconds_left() is None


def test_a_shift_for_one_run_ends_with_it() -> None:
    shift = Shift(once=True)
    before = shift.is_over()
    shift.had_a_run()

    assert (before, shift.is_over()) == (False, True)


def test_a_shift_ends_when_no_run_came_for_so_long() -> None:
    clock = Clock()
    shift, ends = Shift(idle_seconds=60.0, clock=clock), []
    for seconds, has_run in ((59, True), (59, False), (1, False)):
        clock.seconds += seconds
        ends.append(shift.is_over())
        if has_run:
            shift.had_a_run()

    assert ends == [False, False, True]


def test_a_shift_ends_at_its_instant_and_says_how_long_it_is_until_then() -> None:
    clock = Clock()
    shift = Shift(until=NOW + timedelta(minutes=5), clock=clock)
    left = shift.seconds_left()
    clock.seconds += 300

    assert (left, shift.seconds_left()) == (300.0, 0.0)
    assert shift.is_over()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-03-13T12:30:00Z", NOW + timedelta(minutes=30)),
        ("2030-03-13T20:30+08:00", NOW + timedelta(minutes=30)),
        (str(int(NOW.timestamp()) + 90), NOW + timedelta(seconds=90)),
    ],
)
def test_an_instant_is_read_as_schedulers_and_people_write_it(text: str, expected: datetime) -> None:
    assert instant(text, now=NOW) == expected


def test_a_time_of_day_is_the_next_one_that_the_clocks_show() -> None:
    local = NOW.astimezone()
    ahead, behind = local + timedelta(minutes=10), local - timedelta(minutes=10)

    assert instant(f"{ahead:%H:%M}", now=NOW) == ahead
    assert instant(f"{behind:%H:%M}", now=NOW) == behind + timedelta(days=1)


@pytest.mark.parametrize(("text", "words"), [("soon", "is no time"), ("2029-01-01T00:00Z", "is past")])
def test_what_is_no_time_to_come_is_refused_with_how_to_write_one(text: str, words: str) -> None:
    with pytest.raises(ShiftError, match=words):
        instant(text, now=NOW)
