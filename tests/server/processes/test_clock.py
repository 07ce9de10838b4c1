"""Course days on the hardest days there are: each border is one instant, and days tile the time line."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import course_day, day_ends

MICROSECOND = timedelta(microseconds=1)
SINCE = datetime(1972, 1, 1, tzinfo=UTC)
HARD_DAYS = [
    ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00Z", 23),  # clocks go forward
    ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00Z", 25),  # and back
    ("America/Santiago", date(2026, 9, 6), "2026-09-06T04:00Z", 23),  # its midnight does not exist
    ("America/Santiago", date(2026, 4, 4), "2026-04-04T03:00Z", 25),  # its last hour comes twice
    ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00Z", 24),
    ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00Z", 0),  # never was
    ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00Z", 24),
    ("Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T13:00Z", 24.5),  # half an hour of summer time
    ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30Z", 25),  # back over midnight, at 00:01
    ("Asia/Taipei", date(2026, 3, 8), "2026-03-07T16:00Z", 24),
    ("Asia/Kathmandu", date(2026, 3, 8), "2026-03-07T18:15Z", 24),
    ("UTC", date(2028, 2, 29), "2028-02-29T00:00Z", 24),
]


@pytest.mark.parametrize(("zone", "day", "begins", "hours"), HARD_DAYS)
def test_a_hard_day_begins_and_ends_at_its_one_instant(
    zone: str, day: date, begins: str, hours: float
) -> None:
    start, end = day_ends(day - timedelta(days=1), zone), day_ends(day, zone)

    assert start == datetime.fromisoformat(begins)
    assert end - start == timedelta(hours=hours)
    if hours:
        assert course_day(start, zone) == course_day(end - MICROSECOND, zone) == day
    assert course_day(start - MICROSECOND, zone) < day < course_day(end, zone)


@given(
    zone=st.sampled_from(sorted(available_timezones())),
    instant=st.integers(0, 128 * 365 * 86_400_000_000).map(lambda n: SINCE + n * MICROSECOND),
    step=st.timedeltas(timedelta(), timedelta(days=2)),
)
def test_days_tile_the_time_line(zone: str, instant: datetime, step: timedelta) -> None:
    day = course_day(instant, zone)

    assert day_ends(day - timedelta(days=1), zone) <= instant < day_ends(day, zone)
    assert course_day(instant + step, zone) >= day
    border = day_ends(day, zone)
    assert course_day(border - MICROSECOND, zone) <= day < course_day(border, zone)


@pytest.mark.parametrize(
    "zone", ["America/St_Johns", "America/Goose_Bay", "Antarctica/Casey", "America/Nuuk"]
)
def test_no_hour_of_twenty_years_is_without_its_day(zone: str) -> None:
    hours = [datetime(2004, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(20 * 366 * 48)]

    days = [course_day(hour, zone) for hour in hours]

    assert days == sorted(days)
