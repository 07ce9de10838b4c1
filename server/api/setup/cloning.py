"""Cloning a competition or a whole course for the next term, for instructors."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from server.domain.people import courses
from server.domain.setup.cloning import TITLE_MOST
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers import setup as shapes_setup
from server.serializers.values import Json
from server.services.setup import cloning
from server.services.setup.cloning import Order, Thresholds

router = APIRouter()


class CompetitionWanted(BaseModel):
    """The clone of one competition: `into` is a course's slug, its own course when absent."""

    slug: str
    first_day: date
    into: str | None = None
    title: Annotated[str, Field(max_length=TITLE_MOST)] = ""
    thresholds: Thresholds = Thresholds.REENTER


class CourseWanted(BaseModel):
    """The clone of a course with all its competitions; `first_day` is that of the first of them."""

    slug: str
    title: Annotated[str, Field(max_length=TITLE_MOST)]
    first_day: date
    with_staff: bool = True
    thresholds: Thresholds = Thresholds.REENTER


@router.post("/competitions/{slug}/clone", status_code=201)
async def clone_competition(
    wanted: CompetitionWanted, request: Request, found: ViewerAccess, who: Viewer, db: Db, now: Now
) -> Json:
    """One more competition with the same rules, files, key and tiers; nobody and no score comes along."""
    courses.require_instructor(found.role)
    into = await db.aread(
        lambda session: courses.as_instructor(session, slug=wanted.into or found.course.slug, user=who.user)
    )
    made = await asyncio.to_thread(
        cloning.clone_competition,
        request.app.state.context,
        competition=found.competition,
        into=into,
        slug=wanted.slug,
        title=wanted.title,
        order=Order(wanted.first_day, wanted.thresholds, who.actor, now),
    )
    await request.app.state.bell.ring_all(list(made.run_ids))
    return shapes_setup.cloned(made)


@router.post("/courses/{course}/clone", status_code=201)
async def clone_course(
    course: str, wanted: CourseWanted, request: Request, who: Viewer, db: Db, now: Now
) -> Json:
    """One more course with all the competitions of this one, and its staff if wanted; never its students."""
    found = await db.aread(lambda session: courses.as_instructor(session, slug=course, user=who.user))
    made = await asyncio.to_thread(
        cloning.clone_course,
        request.app.state.context,
        course=found,
        slug=wanted.slug,
        title=wanted.title,
        with_staff=wanted.with_staff,
        order=Order(wanted.first_day, wanted.thresholds, who.actor, now),
    )
    for each in made.competitions:
        await request.app.state.bell.ring_all(list(each.run_ids))
    return shapes_setup.cloned_course(made)
