"""A course's drafts on its calendar: where new ones go, how two of them change places."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.homeworks.homework_file import HomeworkFile
from grader.homeworks.rules import order_problem
from grader.messages import Message
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.people.courses import settings_of
from server.domain.setup import homework_times
from server.domain.setup.drafts import draft as drafts
from server.domain.setup.drafts.draft import DraftWithParts
from server.domain.setup.drafts.parts import Parts, plain
from server.domain.setup.homework_times import TIMES
from server.models import Competition, Course, DraftState

WEEK = timedelta(days=7)
MOVED = "times"  # the name of the step that changes them


def times_of(parts: Parts) -> dict[str, datetime]:
    """The draft's times, those that it has."""
    times = {name: parts.time(name) for name in TIMES}
    return {name: at for name, at in times.items() if at is not None}


def zone_of(parts: Parts, course: Course) -> str:
    """The zone in which the draft's days begin: its own, or the course's."""
    return str(parts.table.get("reset_zone", course.zone))


def in_order(rows: Sequence[DraftWithParts]) -> list[DraftWithParts]:
    """The drafts in the order in which they open, those without a day last."""
    last = datetime.max.replace(tzinfo=ZoneInfo("UTC"))
    return sorted(
        rows, key=lambda each: (each.parts.time("opens_at") or last, each.draft.place, each.draft.id)
    )


def first_opening(session: Session, *, course: Course, now: datetime) -> date:
    """The day on which the next homework may open.

    It is the course's first day, or a week after what opens last, and never a day that is over.
    """
    opened = list(session.scalars(select(Competition.opens_at).where(Competition.course_id == course.id)))
    opened += [at for each in drafts.under_way(session, course=course) if (at := each.parts.time("opens_at"))]
    zone = ZoneInfo(course.zone)
    today = now.astimezone(zone).date()
    if opened:
        return max(today, max(opened).astimezone(zone).date() + WEEK)
    return max(today, course.first_day or today)


def placed(rules: Sequence[HomeworkFile], *, course: Course, first: date) -> list[dict[str, datetime]]:
    """The times of these homeworks, so that the first opens on the day `first` and none is due on a holiday.

    They keep their distances.
    """
    holidays = settings_of(course).calendar.holidays
    own = [_times_of_rules(each) for each in rules]
    if not own:
        return []
    opening = min(
        homework_times.opening_day(times, each.reset_zone) for times, each in zip(own, rules, strict=True)
    )
    days = (first - opening) // timedelta(days=1)
    return [
        homework_times.off_holidays(
            homework_times.later(times, days=days, zone=each.reset_zone),
            zone=each.reset_zone,
            holidays=holidays,
        )
        for times, each in zip(own, rules, strict=True)
    ]


def _times_of_rules(rules: HomeworkFile) -> dict[str, datetime]:
    times = {name: getattr(rules, name) for name in TIMES}
    return {name: at for name, at in times.items() if at is not None}


def set_times(
    session: Session,
    row: DraftWithParts,
    times: Mapping[str, datetime],
    *,
    course: Course,
    by: Actor,
    now: datetime,
) -> None:
    """Give the draft these times. Raises Invalid where they are out of order or due on a holiday."""
    parts = with_times(row.parts, times, course=course, slug=row.draft.slug)
    if parts != row.parts:
        drafts.save(session, row.draft, parts, name=MOVED, by=by, now=now)


def with_times(parts: Parts, times: Mapping[str, datetime], *, course: Course, slug: str) -> Parts:
    """The parts with these times; raises Invalid where they are out of order or due on a holiday."""
    if problem := order_problem({**times_of(parts), **times}):
        raise Invalid(problem)
    homework_times.require_no_holiday(times, zone=zone_of(parts, course), course=course, slug=slug)
    return replace(parts, table={**parts.table, **plain(dict(times))})


def move(session: Session, draft_id: int, *, places: int, course: Course, by: Actor, now: datetime) -> None:
    """Move a draft so many places down the calendar, or up: the drafts on the way change their days with it.

    Raises Conflict at either end.
    """
    rows = in_order(
        [each for each in drafts.under_way(session, course=course) if each.draft.state is DraftState.WRITTEN]
    )
    place = next((number for number, each in enumerate(rows) if each.draft.id == draft_id), None)
    if place is None or not 0 <= place + places < len(rows) or places == 0:
        raise Conflict(Message("This draft cannot be moved further."))
    ordered = [each for each in rows if each.draft.id != draft_id]
    ordered.insert(place + places, rows[place])
    days = [_day(each, course) for each in rows]
    holidays = settings_of(course).calendar.holidays
    for number, (row, day) in enumerate(zip(ordered, days, strict=True)):
        row.draft.place = number
        if day is None or _day(row, course) in (day, None):
            continue
        zone = zone_of(row.parts, course)
        moved = homework_times.moved_to(times_of(row.parts), day, zone=zone)
        times = homework_times.off_holidays(moved, zone=zone, holidays=holidays)
        set_times(session, row, times, course=course, by=by, now=now)


def _day(row: DraftWithParts, course: Course) -> date | None:
    times = times_of(row.parts)
    return homework_times.opening_day(times, zone_of(row.parts, course)) if "opens_at" in times else None
