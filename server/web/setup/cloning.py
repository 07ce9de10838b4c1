"""For instructors: a competition's archive and its clone, on one page."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.people import courses
from server.domain.setup import cloning
from server.http.deps import Db, Identity, Now
from server.models import Role
from server.serializers.setup import setup as setup_json
from server.serializers.values import Json
from server.services.setup import cloning as clone_acts
from server.services.setup.cloning import Order, Thresholds
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


class CloneForm(BaseModel):
    """What the form says of the clone of a competition."""

    first_day: date
    into: str
    new_slug: str = ""
    title: Annotated[str, Field(max_length=cloning.TITLE_MOST)] = ""
    thresholds: Thresholds = Thresholds.REENTER


async def instructor_here(access: AccessHere) -> Access:
    """The competition in the path for an instructor of its course."""
    courses.require_instructor(access.role)
    return access


InstructorHere = Annotated[Access, Depends(instructor_here)]


@router.get("/competitions/{slug}/next-term")
async def show(request: Request, access: InstructorHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The form that archives, or takes out of the archive, and the form that clones."""
    values = await db.aread(lambda session: _cloning_values(session, access, viewer, now))
    return pages.render(request, "setup/cloning.html", viewer, **values)


def _cloning_values(session: Session, access: Access, viewer: Identity, now: datetime) -> Json:
    row = access.competition
    return {
        "competition": setup_json.course_competition(row),
        "course": {"slug": access.course.slug, "title": access.course.title},
        "opening_day": cloning.opening_day(row).isoformat(),
        "first_day": setup_json.next_term([row], now).isoformat(),
        "tiers_entered": [name.value for name, _, _ in cloning.origin_of(session, row).runs],
        "into": [
            {"slug": each.course.slug, "title": each.course.title}
            for each in courses.courses_of(session, user=viewer.user)
            if each.role is Role.INSTRUCTOR
        ],
    }


@router.post("/competitions/{slug}/archive")
async def archive(
    access: InstructorHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Put the competition into the archive."""
    await db.awrite(
        lambda session: archiving.archive(
            session, competition=access.competition, reason=reason, by=access.actor, now=now
        )
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/next-term", 303)


@router.post("/competitions/{slug}/unarchive")
async def unarchive(
    access: InstructorHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Take the competition out of the archive."""
    await db.awrite(
        lambda session: archiving.unarchive(
            session, competition=access.competition, reason=reason, by=access.actor, now=now
        )
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/next-term", 303)


@router.post("/competitions/{slug}/clone")
async def clone(
    request: Request,
    access: InstructorHere,
    viewer: Acting,
    db: Db,
    now: Now,
    form: Annotated[CloneForm, Form()],
) -> Response:
    """Clone the competition, and show the staff's page of the clone."""
    course = await db.aread(lambda session: courses.as_instructor(session, slug=form.into, user=viewer.user))
    copy = await asyncio.to_thread(
        clone_acts.clone_competition,
        request.app.state.context,
        competition=access.competition,
        into=course,
        slug=form.new_slug.strip(),
        title=form.title,
        order=Order(form.first_day, form.thresholds, viewer.actor, now),
    )
    await request.app.state.bell.ring_all(list(copy.run_ids))
    return RedirectResponse(f"/competitions/{copy.competition.slug}/staff", 303)
