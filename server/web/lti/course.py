"""The courses of learning platforms that a course here is linked with, for its instructors."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.lti import contexts
from server.domain.lti.contexts import LinkedContext
from server.domain.people import courses
from server.http.deps import Db, Now
from server.models import Course
from server.serializers.values import Json, iso_or_none
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

    def look(session: Session) -> tuple[Course, list[Json]]:
        own = courses.as_instructor(session, slug=course, user=viewer.user)
        return own, [_context(each) for each in contexts.linked_contexts(session, course=own)]

    own, rows = await db.aread(look)
    return pages.render(request, "lti/course.html", viewer, contexts=rows, **pages.of_course(own))


def _context(linked: LinkedContext) -> Json:
    row = linked.context
    return {
        "id": row.id,
        "title": row.title,
        "label": linked.platform.label,
        "linked_at": iso_or_none(row.linked_at),
    }


@router.post("/courses/{course}/lti/{context_id}/end")
async def unlink(course: str, context_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """End the link with a course of a platform."""

    def work(session: Session) -> None:
        own = courses.as_instructor(session, slug=course, user=viewer.user)
        contexts.unlink(session, context_id=context_id, course=own, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/lti", 303)
