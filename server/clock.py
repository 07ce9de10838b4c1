"""Time: aware UTC instants to the microsecond, and the course day in a competition's own zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """The present instant, aware, in UTC. Rules never call it: edges do, and pass the instant on."""
    return datetime.now(UTC)


def course_day(instant: datetime, zone: str) -> date:
    """The local calendar date of `instant` in the IANA zone `zone`: the day whose slots it may use.

    A day that is over does not come back: where a zone set its clocks back over midnight (St John's until
    2011, at one minute past), the hour that is repeated counts to the new day.
    """
    day = instant.astimezone(ZoneInfo(zone)).date()
    return day if instant < day_ends(day, zone) else day + timedelta(days=1)


def day_ends(day: date, zone: str) -> datetime:
    """The instant at which `day` is over in `zone`, in UTC.

    A day lasts 23 or 25 hours when the zone changes its offset. A midnight that does not exist is read with
    the offset before the change, which is the very instant of the change.
    """
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)


def days_later(instant: datetime, *, days: int, zone: str) -> datetime:
    """The instant so many days later that shows the same local time in `zone`, in UTC.

    A time that its day does not have, since the clocks are set forward then, is read as if they were not
    yet: half past two becomes half past three.
    """
    return (instant.astimezone(ZoneInfo(zone)) + timedelta(days=days)).astimezone(UTC)


def iso(instant: datetime) -> str:
    """`instant` as the API writes it: UTC, microseconds, a Z at the end."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
