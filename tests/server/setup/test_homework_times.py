"""When a homework is due: by whole days, and never on a holiday."""

from datetime import UTC, date, datetime

import pytest

from server.domain.setup.homework_times import due_on_holidays, moved_to, off_holidays, opening_day

ZONE = "Asia/Taipei"
TIMES = {
    "opens_at": datetime(2031, 3, 1, 1, 0, tzinfo=UTC),
    "deadline_at": datetime(2031, 3, 14, 15, 59, tzinfo=UTC),  # 23:59 of the 14th there
    "late_until": datetime(2031, 3, 16, 15, 59, tzinfo=UTC),
    "reveal_at": datetime(2031, 3, 16, 16, 0, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("holidays", "days"),
    [
        ([], 0),
        ([date(2031, 3, 1), date(2031, 3, 17)], 0),  # only the opening, and the reveal
        ([date(2031, 3, 14)], 1),
        ([date(2031, 3, 14), date(2031, 3, 15)], 2),
        ([date(2031, 3, 16)], 1),
        ([date(2031, 3, 14), date(2031, 3, 17)], 2),  # a day later the late ones would be due on one
    ],
    ids=["none", "other days", "deadline", "two", "late", "both"],
)
def test_what_is_due_goes_past_holidays_and_the_opening_stays(holidays: list[date], days: int) -> None:
    times = off_holidays(TIMES, zone=ZONE, holidays=holidays)

    assert times["opens_at"] == TIMES["opens_at"]
    assert {(times[name] - TIMES[name]).days for name in ("deadline_at", "late_until", "reveal_at")} == {days}
    assert due_on_holidays(times, zone=ZONE, holidays=holidays) == []


def test_times_move_to_a_day_and_keep_their_hours() -> None:
    times = moved_to(TIMES, date(2031, 2, 1), zone=ZONE)

    assert opening_day(times, ZONE) == date(2031, 2, 1)
    assert {TIMES[name] - times[name] for name in TIMES} == {TIMES["opens_at"] - times["opens_at"]}
