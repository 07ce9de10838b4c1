"""A course's settings taken back and forth: each change can be undone, and what was undone done again.

The audit trail has every change with what it replaced. It is only ever added to, so a step back or forth is
one more entry, which says that it is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict
from server.domain.people import courses
from server.domain.people.calendar import Calendar
from server.domain.people.courses import CourseSettings
from server.domain.setup.drafts.draft import Way
from server.models import AuditEntry, BoardNames, Course


@dataclass(frozen=True)
class SettingsChange:
    """What a change of the settings replaced, by name, and when it was made."""

    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True)
class SettingsSteps:
    """The change that Undo takes back, and the one that Redo makes again; None where there is none."""

    undo: SettingsChange | None
    redo: SettingsChange | None


def steps_of(session: Session, course: Course) -> SettingsSteps:
    """Where the course's settings stand among their changes."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.course_id == course.id, AuditEntry.act == courses.CHANGED)
        .order_by(AuditEntry.id)
    )
    changes: list[SettingsChange] = []
    undone: list[SettingsChange] = []
    for row in rows:
        way = row.details.get("step")
        if way == Way.UNDO and changes:
            undone.append(changes.pop())
        elif way == Way.REDO and undone:
            changes.append(undone.pop())
        else:
            changes.append(SettingsChange(row.at, row.before or {}, row.after or {}))
            undone.clear()
    return SettingsSteps(changes[-1] if changes else None, undone[-1] if undone else None)


def go(session: Session, way: Way, *, course: Course, by: Actor, now: datetime) -> None:
    """Take the last change of the settings back, or make one again that was; Conflict where there is none."""
    steps = steps_of(session, course)
    change = steps.undo if way is Way.UNDO else steps.redo
    if change is None:
        raise Conflict(
            Message("There is no change of the settings to undo.")
            if way is Way.UNDO
            else Message("There is no change of the settings to make again.")
        )
    current = courses.settings_of(session.get_one(Course, course.id, populate_existing=True)).as_json()
    settings = _read(current | dict(change.before if way is Way.UNDO else change.after))
    courses.change_settings(session, settings, course=course, by=by, now=now, step=way.value)


def _read(values: Mapping[str, Any]) -> CourseSettings:
    """The settings that the audit trail keeps."""
    first_day = values["first_day"]
    calendar = Calendar(
        None if first_day is None else date.fromisoformat(first_day),
        tuple(map(date.fromisoformat, values["holidays"])),
    )
    return CourseSettings(
        title=values["title"],
        zone=values["zone"],
        language=values["language"],
        calendar=calendar,
        contact=values["contact"],
        board_names=BoardNames(values["board_names"]),
        board_rows=values["board_rows"],
        look_alikes_hour=values["look_alikes_hour"],
    )
