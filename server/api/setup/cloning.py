"""Cloning a competition or a whole course for the next term, for instructors."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from server.domain.people import courses
from server.domain.setup.cloning import TITLE_MOST
from server.http.answers import Created, api_router
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers.setup import setup as setup_json
from server.serializers.setup.setup import ClonedCourseJson, CloneJson
from server.services.setup import cloning
from server.services.setup.cloning import Order, Thresholds

router = api_router("setup")


class CloneRequest(BaseModel):
    """The clone of one competition: `into` is a course's slug, its own course when absent."""

    slug: str
    first_day: date
    into: str | None = None
    title: Annotated[str, Field(max_length=TITLE_MOST)] = ""
    thresholds: Thresholds = Thresholds.REENTER


class CourseCloneRequest(BaseModel):
    """The clone of a course with all its competitions; `first_day` is that of the first of them."""

    slug: str
    title: Annotated[str, Field(max_length=TITLE_MOST)]
    first_day: date
    with_staff: bool = True
    thresholds: Thresholds = Thresholds.REENTER


@router.post("/competitions/{slug}/clone")
async def clone_competition(
    body: CloneRequest, request: Request, access: ViewerAccess, viewer: Viewer, db: Db, now: Now
) -> Created[CloneJson]:
    """One more competition with the same rules, files, key and tiers; nobody and no score comes along."""
    courses.require_instructor(access.role)
    into = await db.aread(
        lambda session: courses.as_instructor(session, slug=body.into or access.course.slug, user=viewer.user)
    )
    cloned = await asyncio.to_thread(
        cloning.clone_competition,
        request.app.state.context,
        competition=access.competition,
        into=into,
        slug=body.slug,
        title=body.title,
        order=Order(body.first_day, body.thresholds, viewer.actor, now),
    )
    await request.app.state.bell.ring_all(list(cloned.run_ids))
    return Created(setup_json.clone(cloned))


@router.post("/courses/{course}/clone")
async def clone_course(
    course: str, body: CourseCloneRequest, request: Request, viewer: Viewer, db: Db, now: Now
) -> Created[ClonedCourseJson]:
    """One more course with all the competitions of this one, and its staff if wanted; never its students."""
    origin = await db.aread(lambda session: courses.as_instructor(session, slug=course, user=viewer.user))
    cloned = await asyncio.to_thread(
        cloning.clone_course,
        request.app.state.context,
        course=origin,
        slug=body.slug,
        title=body.title,
        with_staff=body.with_staff,
        order=Order(body.first_day, body.thresholds, viewer.actor, now),
    )
    for each in cloned.competitions:
        await request.app.state.bell.ring_all(list(each.run_ids))
    return Created(setup_json.cloned_course(cloned))
