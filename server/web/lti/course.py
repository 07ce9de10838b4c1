"""The courses of learning platforms that a course here is linked with, for its instructors."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.lti import contexts, outbox
from server.domain.lti import people as platform_people
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.people import WithoutPartner
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.roster import preview
from server.domain.people.roster.preview import RosterPreview, RosterUpload
from server.http.deps import Db, Identity, Now
from server.models import Course, ScoreState, User
from server.serializers.values import Json, iso_or_none
from server.services.lti.people import people_of
from server.services.lti.release import check_partners, release_points
from server.web.people import roster
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get("/lti/contexts/{context_id}")
async def choose(request: Request, context_id: int, viewer: ViewerHere, db: Db) -> Response:
    """Which course here a course of a platform is, for its instructor who has just come from it."""

    def look(session: Session) -> Json:
        linked, own = contexts.linkable(session, context_id, user=viewer.user)
        return {
            "context_id": context_id,
            "title": linked.context.title,
            "label": linked.platform.label,
            "courses": [{"slug": each.course.slug, "title": each.course.title} for each in own],
        }

    return pages.render(request, "lti/link.html", viewer, **await db.aread(look))


@router.post("/lti/contexts/{context_id}")
async def link(
    context_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    course: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Link them."""
    await db.awrite(
        lambda session: (
            contexts.link(session, context_id=context_id, course_slug=course, user=viewer.user, now=now).id
        )
    )
    return RedirectResponse(f"/courses/{course}/lti", 303)


@router.get("/courses/{course}/lti")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db) -> Response:
    """The courses of platforms that this one is linked with."""

    return await _page(request, course, viewer, db)


async def _page(
    request: Request,
    course: str,
    viewer: Identity,
    db: Db,
    without: Mapping[int, WithoutPartner] = MappingProxyType({}),
) -> Response:
    def look(session: Session) -> tuple[Course, list[Json]]:
        own = courses.as_instructor(session, slug=course, user=viewer.user)
        linked = contexts.linked_contexts(session, course=own)
        return own, [_context(each) | _sent(session, each) for each in linked]

    own, rows = await db.aread(look)
    return pages.render(
        request, "lti/course.html", viewer, contexts=rows, without=without, **pages.of_course(own)
    )


def _sent(session: Session, linked: LinkedContext) -> Json:
    return {
        "columns": [
            {
                "slug": each.competition.slug,
                "title": each.competition.title,
                "troubles": [{"name": name, "error": error} for name, error in each.troubles],
                **{state.value: each.counts.get(state, 0) for state in ScoreState},
            }
            for each in outbox.columns(session, context_id=linked.context.id)
        ]
    }


def _context(linked: LinkedContext) -> Json:
    row = linked.context
    return {
        "id": row.id,
        "title": row.title,
        "label": linked.platform.label,
        "linked_at": iso_or_none(row.linked_at),
        "lists_people": bool(row.members_url),
        "takes_points": bool(row.items_url),
    }


@router.post("/courses/{course}/lti/{context_id}/roster")
async def compare(request: Request, course: str, context_id: int, viewer: Acting, db: Db) -> Response:
    """What the platform's list of people would change in the roster, as for a file that was uploaded."""
    own, linked = await db.aread(lambda session: _linked(session, course, context_id, viewer.user))
    if not linked.context.members_url:
        raise Invalid(
            Message(
                "{label} offers no list of the people of this course. Let the tool use its service for names "
                "and roles, and come here by the link once more.",
                label=linked.platform.label,
            )
        )
    people = await people_of(request.app.state.lti_services, linked)

    def look(session: Session) -> tuple[RosterUpload, RosterPreview]:
        matches = platform_people.matched(session, people, linked=linked)
        data = platform_people.as_roster(people, matches, platform=linked.platform)
        upload = RosterUpload(data)
        return upload, preview.preview(session, course=own.course, upload=upload, by=viewer.actor)

    upload, shown = await db.aread(look)
    values = roster.frame(own) | roster.shown_values(upload, shown, has_changed=False)
    return pages.render(request, "people/roster.html", viewer, **values)


@router.post("/courses/{course}/lti/{context_id}/points")
async def send(
    request: Request,
    course: str,
    context_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    is_confirmed: Annotated[bool, Form(alias="confirmed")] = False,
) -> Response:
    """Let the points of revealed homeworks be sent to the platform, where they are others than there.

    Where students have no partner on the other side, their names are shown first.
    """
    own, linked = await db.aread(lambda session: _linked(session, course, context_id, viewer.user))
    services = request.app.state.lti_services
    if not is_confirmed:
        without = await check_partners(db, services, linked, course=own.course, now=now)
        if without.here or without.there:
            return await _page(request, course, viewer, db, {context_id: without})
    await release_points(db, services, linked, course=own.course, by=viewer.actor, now=now)
    return RedirectResponse(f"/courses/{course}/lti", 303)


def _linked(session: Session, slug: str, context_id: int, user: User) -> tuple[Membership, LinkedContext]:
    own = courses.membership(session, slug=slug, user=user)
    courses.require_instructor(own.role)
    return own, contexts.linked_context(session, context_id=context_id, course=own.course)


@router.post("/courses/{course}/lti/{context_id}/end")
async def unlink(course: str, context_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """End the link with a course of a platform."""

    def work(session: Session) -> None:
        own = courses.as_instructor(session, slug=course, user=viewer.user)
        contexts.unlink(session, context_id=context_id, course=own, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/lti", 303)
