"""Help: the guides as pages, by section and to be searched."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from grader.messages import Message
from server.domain.errors import NotAllowed, NotFound
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.http import languages
from server.http.deps import Db, Identity, PasserBy
from server.serializers.values import Json
from server.web.rendering import guides, pages

QUERY_MOST = 200  # characters
router = APIRouter()


@router.get("/help")
async def listed(
    request: Request,
    viewer: PasserBy,
    db: Db,
    q: Annotated[str, Query(max_length=QUERY_MOST)] = "",
) -> Response:
    """The guides that the viewer may read with their sections; or the sections with the words of `q`."""
    own = await _courses_of(db, viewer)
    is_staff = _is_staff(viewer, own)
    names, language = _names(is_staff=is_staff), languages.of_page(request, viewer)
    values: Json = {
        "guides": [guides.guide(name, language) for name in names],
        "words": " ".join(q.split()),
        "matches": guides.search(q, names=names, language=language),
        "query_most": QUERY_MOST,
        "contacts": [(each.course.title, each.course.contact) for each in own if each.course.contact],
    }
    return pages.render(request, "help/list.html", viewer, **values)


@router.get("/help/{name}")
async def show(request: Request, name: str, viewer: PasserBy, db: Db) -> Response:
    """One guide. Raises NotFound for a name that none has, NotAllowed for one of staff."""
    if name not in guides.GUIDES:
        raise NotFound(Message("There is no guide '{name}'; Help lists them.", name=name))
    if name in guides.FOR_STAFF and not _is_staff(viewer, await _courses_of(db, viewer)):
        raise NotAllowed(Message("This is for the staff of a course: TAs and instructors."))
    guide = guides.guide(name, languages.of_page(request, viewer))
    return pages.render(request, "help/guide.html", viewer, guide=guide)


def _names(*, is_staff: bool) -> tuple[str, ...]:
    return guides.GUIDES if is_staff else guides.FOR_ALL


async def _courses_of(db: Db, viewer: Identity | None) -> list[Membership]:
    if viewer is None:
        return []
    return await db.aread(lambda session: courses.courses_of(session, user=viewer.user))


def _is_staff(viewer: Identity | None, own: list[Membership]) -> bool:
    """Whether the viewer is of the staff of a course, or an admin."""
    return viewer is not None and (viewer.user.is_admin or any(each.role.is_staff for each in own))
