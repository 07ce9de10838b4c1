"""A new course, and the settings of one that stands: title, zone, language, first day, holidays."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.people.calendar import Calendar, holidays_text, read_day, read_holidays
from server.domain.people.courses import CourseSettings, NewCourse
from server.domain.setup import cloning, course_steps, holiday_clashes
from server.domain.setup.course_steps import SettingsChange
from server.domain.setup.drafts.draft import Way
from server.http.deps import Db, Now
from server.models import BoardNames, Role, User
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere
from server.web.rendering.trail_words import field_words

USUAL = CourseSettings(title="", zone="UTC")
ROWS_DIGITS = 9
router = APIRouter()


class CourseForm(BaseModel):
    """The form's fields as a browser sends them."""

    title: str = ""
    zone: str = ""
    language: str = ""
    first_day: str = ""
    holidays: str = ""
    contact: str = ""
    board_names: BoardNames = BoardNames.REAL
    board_rows: str = ""
    look_alikes_hour: Annotated[str, Field(pattern=r"^(|1?[0-9]|2[0-3])$")] = str(courses.USUAL_HOUR)


class NewCourseForm(CourseForm):
    """The same of a course to be, with its name in addresses."""

    new_slug: str = ""


@router.get("/courses/new")
async def new(request: Request, viewer: ViewerHere) -> Response:
    """The form that makes a course."""
    accounts.require_admin(viewer.user)
    return pages.render(request, "setup/new_course.html", viewer, settings=_shown(USUAL))


@router.post("/courses/new")
async def create(viewer: Acting, db: Db, now: Now, form: Annotated[NewCourseForm, Form()]) -> Response:
    """Make the course, and show what is to do next."""
    accounts.require_admin(viewer.user)
    new_course = NewCourse(form.new_slug.strip(), read(form))
    await db.awrite(lambda session: courses.create_course(session, new_course, by=viewer.actor, now=now))
    return RedirectResponse(f"/courses/{new_course.slug}/setup", 303)


@router.get("/courses/{course}/setup")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """What is there of the course and what is to do next, and its settings as a form."""
    values = await db.aread(lambda session: _setup_values(session, course, viewer.user, now))
    return pages.render(request, "setup/course_settings.html", viewer, **values)


@router.post("/courses/{course}/setup")
async def change(
    course: str, viewer: Acting, db: Db, now: Now, form: Annotated[CourseForm, Form()]
) -> Response:
    """Give the course these settings."""
    settings = read(form)

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        courses.change_settings(session, settings, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/setup", 303)


@router.post("/courses/{course}/setup/steps/{way}")
async def take_step(course: str, way: Way, viewer: Acting, db: Db, now: Now) -> Response:
    """Take the last change of the settings back, or make it again."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        course_steps.go(session, way, course=row, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/setup", 303)


def read(form: CourseForm) -> CourseSettings:
    """The settings that the form tells; raises Invalid for a day that is none."""
    calendar = Calendar(
        read_day(form.first_day) if form.first_day.strip() else None, read_holidays(form.holidays)
    )
    return CourseSettings(
        form.title,
        form.zone.strip(),
        form.language,
        calendar,
        form.contact,
        form.board_names,
        _rows(form.board_rows.strip()),
        int(form.look_alikes_hour) if form.look_alikes_hour else None,
    )


def _rows(text: str) -> int | None:
    """How many ranks a board lists; None, which is all, for an empty field. Raises Invalid for no number."""
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > ROWS_DIGITS:
        raise Invalid(Message("'{text}' is no number of ranks; leave the field empty for all.", text=text))
    return int(text)


def _setup_values(session: Session, slug: str, user: User, now: datetime) -> Json:
    course = courses.as_instructor(session, slug=slug, user=user)
    counts = courses.member_counts(session, course)
    steps = course_steps.steps_of(session, course)
    return {
        **pages.of_course(course),
        "settings": _shown(courses.settings_of(course)),
        "students": counts.get(Role.STUDENT, 0),
        "staff": counts.get(Role.TA, 0) + counts.get(Role.INSTRUCTOR, 0),
        "competitions": len(cloning.competitions_of(session, course)),
        "clashes": holiday_clashes.clashes_of(session, course, now=now),
        "undo": _names(steps.undo),
        "redo": _names(steps.redo),
    }


def _names(change: SettingsChange | None) -> list[str]:
    """The settings that a change is about, as people read them; none where there is no change."""
    return [] if change is None else [field_words(name) for name in change.after]


def _shown(settings: CourseSettings) -> dict[str, str]:
    """The settings as the form's fields have them."""
    first_day = settings.calendar.first_day
    return {
        "title": settings.title,
        "zone": settings.zone,
        "language": settings.language,
        "first_day": "" if first_day is None else first_day.isoformat(),
        "holidays": holidays_text(settings.calendar.holidays),
        "contact": settings.contact,
        "board_names": settings.board_names.value,
        "board_rows": "" if settings.board_rows is None else str(settings.board_rows),
        "look_alikes_hour": "" if settings.look_alikes_hour is None else str(settings.look_alikes_hour),
    }
