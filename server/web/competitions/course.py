"""A course's page for its instructors: its competitions, their archive, and the next term's course."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.competitions import archiving
from server.domain.people import courses
from server.domain.setup import cloning
from server.http.deps import Db, Now
from server.models import User
from server.serializers.setup import setup as setup_json
from server.serializers.values import Json
from server.services.setup import cloning as clone_acts
from server.services.setup.cloning import Order, Thresholds
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()


class CourseCloneForm(BaseModel):
    """What the form says of the clone of a course; `first_day` is that of the first competition."""

    first_day: date
    new_slug: str = ""
    title: Annotated[str, Field(max_length=cloning.TITLE_MOST)] = ""
    with_staff: bool = False
    thresholds: Thresholds = Thresholds.REENTER


@router.get("/courses/{course}")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The course's competitions, archived ones too, and the forms that archive and clone them all."""
    values = await db.aread(lambda session: _course_values(session, course, viewer.user, now))
    return pages.render(request, "competitions/course.html", viewer, **values)


def _course_values(session: Session, slug: str, user: User, now: datetime) -> Json:
    course = courses.as_instructor(session, slug=slug, user=user)
    rows = cloning.competitions_of(session, course)
    staff = cloning.staff_of(session, course)
    return {
        "course": {
            "slug": course.slug,
            "title": course.title,
            "zone": course.zone,
            "created_at": iso(course.created_at),
        },
        "competitions": [setup_json.course_competition(each) for each in rows],
        "live": sum(each.archived_at is None for each in rows),
        "running": [each.slug for each in rows if each.archived_at is None and now < each.late_until],
        "staff": len(staff),
        "opening_day": min(map(cloning.opening_day, rows)).isoformat() if rows else "",
        "first_day": setup_json.next_term(rows, now).isoformat() if rows else "",
    }


@router.post("/courses/{course}/archive")
async def archive(
    course: str,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Archive every competition of the course that is not archived yet."""

    def work(session: Session) -> None:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        archiving.archive_course(session, course=row, reason=reason, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}", 303)


@router.post("/courses/{course}/clone")
async def clone(
    request: Request,
    course: str,
    viewer: Acting,
    db: Db,
    now: Now,
    form: Annotated[CourseCloneForm, Form()],
) -> Response:
    """Clone the course with all its competitions, and show the new one's page."""
    source = await db.aread(lambda session: courses.as_instructor(session, slug=course, user=viewer.user))
    copy = await asyncio.to_thread(
        clone_acts.clone_course,
        request.app.state.context,
        course=source,
        slug=form.new_slug.strip(),
        title=form.title,
        with_staff=form.with_staff,
        order=Order(form.first_day, form.thresholds, viewer.actor, now),
    )
    for each in copy.competitions:
        await request.app.state.bell.ring_all(list(each.run_ids))
    return RedirectResponse(f"/courses/{copy.course.slug}", 303)
