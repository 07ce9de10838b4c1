"""For instructors: a competition's archive and its clone, on one page."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.competitions import archiving
from server.domain.competitions.access import Access
from server.domain.people import courses
from server.domain.setup import cloning
from server.http.deps import Db, Identity, Now
from server.models import Role
from server.serializers import setup as shapes_setup
from server.serializers.values import Json
from server.services.setup import cloning as clone_acts
from server.services.setup.cloning import Order, Thresholds
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import FoundHere, OnPage

router = APIRouter()


async def instructor_here(found: FoundHere) -> Access:
    """The competition in the path for an instructor of its course."""
    courses.require_instructor(found.role)
    return found


InstructorHere = Annotated[Access, Depends(instructor_here)]


@router.get("/competitions/{slug}/keeping")
async def show(request: Request, found: InstructorHere, who: OnPage, db: Db, now: Now) -> Response:
    """The form that archives, or takes out of the archive, and the form that clones."""
    values = await db.aread(lambda session: _view(session, found, who, now))
    return pages.render(request, "competitions/keeping.html", who, **values)


def _view(session: Session, found: Access, who: Identity, now: datetime) -> Json:
    row = found.competition
    return {
        "competition": shapes_setup.kept(row),
        "course": {"slug": found.course.slug, "title": found.course.title},
        "opening_day": cloning.opening_day(row).isoformat(),
        "first_day": shapes_setup.next_term([row], now).isoformat(),
        "tiers_entered": [name.value for name, _, _ in cloning.origin_of(session, row).runs],
        "into": [
            {"slug": each.course.slug, "title": each.course.title}
            for each in courses.courses_of(session, user=who.user)
            if each.role is Role.INSTRUCTOR
        ],
    }


@router.post("/competitions/{slug}/archive")
async def archive(
    found: InstructorHere,
    who: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Put the competition into the archive."""
    await db.awrite(
        lambda session: archiving.archive(
            session, competition=found.competition, reason=reason, by=found.actor, now=now
        )
    )
    return RedirectResponse(f"/competitions/{found.competition.slug}/keeping", 303)


@router.post("/competitions/{slug}/unarchive")
async def unarchive(
    found: InstructorHere,
    who: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Take the competition out of the archive."""
    await db.awrite(
        lambda session: archiving.unarchive(
            session, competition=found.competition, reason=reason, by=found.actor, now=now
        )
    )
    return RedirectResponse(f"/competitions/{found.competition.slug}/keeping", 303)


@router.post("/competitions/{slug}/clone")
async def clone(
    request: Request,
    found: InstructorHere,
    who: Acting,
    db: Db,
    now: Now,
    first_day: Annotated[date, Form()],
    into: Annotated[str, Form()],
    new_slug: Annotated[str, Form()] = "",
    title: Annotated[str, Form(max_length=cloning.TITLE_MOST)] = "",
    thresholds: Annotated[Thresholds, Form()] = Thresholds.REENTER,
) -> Response:
    """Clone the competition, and show the staff's page of the clone."""
    course = await db.aread(lambda session: courses.as_instructor(session, slug=into, user=who.user))
    made = await asyncio.to_thread(
        clone_acts.clone_competition,
        request.app.state.context,
        competition=found.competition,
        into=course,
        slug=new_slug.strip(),
        title=title,
        order=Order(first_day, thresholds, who.actor, now),
    )
    await request.app.state.bell.ring_all(list(made.run_ids))
    return RedirectResponse(f"/competitions/{made.competition.slug}/staff", 303)
