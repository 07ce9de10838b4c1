"""What is due on a holiday of the course: told where holidays are set, since that moves nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.people.courses import settings_of
from server.domain.setup import homework_times
from server.domain.setup.drafts import calendar
from server.domain.setup.drafts import draft as drafts
from server.models import Competition, Course


@dataclass(frozen=True)
class HolidayClash:
    """A homework with the holidays on which something of it is due; `draft_id` where it is a draft still."""

    slug: str
    days: tuple[date, ...]
    draft_id: int | None = None


def clashes_of(session: Session, course: Course, *, now: datetime) -> list[HolidayClash]:
    """The homeworks of the course of which something will be due on a holiday, drafts last."""
    holidays = settings_of(course).calendar.holidays
    rows = session.scalars(
        select(Competition)
        .where(
            Competition.course_id == course.id,
            Competition.archived_at.is_(None),
            Competition.late_until >= now,
        )
        .order_by(Competition.deadline_at, Competition.id)
    )
    clashes = [
        HolidayClash(row.slug, tuple(days))
        for row in rows
        if (
            days := homework_times.due_on_holidays(
                {name: getattr(row, name) for name in homework_times.DUE},
                zone=row.reset_zone,
                holidays=holidays,
            )
        )
    ]
    for each in drafts.under_way(session, course=course):
        zone = calendar.zone_of(each.parts, course)
        times = calendar.times_of(each.parts)
        if days := homework_times.due_on_holidays(times, zone=zone, holidays=holidays):
            clashes.append(HolidayClash(each.draft.slug, tuple(days), each.draft.id))
    return clashes
