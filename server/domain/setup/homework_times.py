"""When a homework of a course opens and is due: moved by whole days, never due on a holiday."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from grader.homeworks.rules import RuleFields, keys_of
from grader.messages import Message
from server.clock import days_later
from server.domain.errors import Invalid
from server.domain.people.calendar import HOLIDAYS_MOST
from server.domain.people.courses import settings_of
from server.models import Course

TIMES = tuple(key.name for key in keys_of(RuleFields).values() if key.type is datetime)
DUE = ("deadline_at", "late_until")  # the times at which something is due
Times = Mapping[str, datetime]


def later(times: Times, *, days: int, zone: str) -> dict[str, datetime]:
    """The times so many days later at the same local hours."""
    return {name: days_later(at, days=days, zone=zone) for name, at in times.items()}


def opening_day(times: Times, zone: str) -> date:
    """The local day on which it opens."""
    return times["opens_at"].astimezone(ZoneInfo(zone)).date()


def off_holidays(times: Times, *, zone: str, holidays: Collection[date]) -> dict[str, datetime]:
    """The times with whatever follows the opening as many days later as it takes to be due on no holiday."""
    for days in range(HOLIDAYS_MOST + 1):
        rest = {name: at for name, at in times.items() if name != "opens_at"}
        moved = {**times, **later(rest, days=days, zone=zone)}
        if not due_on_holidays(moved, zone=zone, holidays=holidays):
            break
    return moved


def due_on_holidays(times: Times, *, zone: str, holidays: Collection[date]) -> list[date]:
    """The holidays on which something would be due."""
    days = {times[name].astimezone(ZoneInfo(zone)).date() for name in DUE if name in times}
    return sorted(days & set(holidays))


def require_no_holiday(times: Times, *, zone: str, course: Course, slug: str) -> None:
    """Raise Invalid where something would be due on a holiday of the course."""
    days = due_on_holidays(times, zone=zone, holidays=settings_of(course).calendar.holidays)
    if days:
        raise Invalid(
            Message(
                "'{slug}' would be due on {days}, a holiday of the course. Choose another day, or change the "
                "holidays under Set up.",
                slug=slug,
                days=", ".join(day.isoformat() for day in days),
            )
        )


def moved_to(times: Times, day: date, *, zone: str) -> dict[str, datetime]:
    """The times moved by whole days, so that it opens on this local day."""
    return later(times, days=(day - opening_day(times, zone)) // timedelta(days=1), zone=zone)
