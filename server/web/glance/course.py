"""A course at a glance, as a page and as CSV.

Private scores are read in a session of their own, for the homeworks whose private board the viewer may see.
"""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server.database.database import Database
from server.domain.glance.glance import Glance
from server.http.deps import NO_STORE, Db, Now
from server.models import User
from server.services.course_glances import CourseGlances
from server.web.glance import charting, table
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get("/courses/{course}/glance")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The page: charts with their numbers beside them."""
    glance = await glance_of(request, db, slug=course, user=viewer.user, now=now)
    values = charting.values(glance, pages.catalogue_of(request, viewer))
    return pages.render(request, "glance/course.html", viewer, **pages.of_course(glance.own.course), **values)


@router.get("/courses/{course}/glance.csv")
async def as_csv(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The same figures as a file."""
    glance = await glance_of(request, db, slug=course, user=viewer.user, now=now)
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{course}-glance.csv"'}
    return Response(table.as_csv(glance), media_type="text/csv; charset=utf-8", headers=headers)


async def glance_of(request: Request, db: Database, *, slug: str, user: User, now: datetime) -> Glance:
    """The course as this user may see it at this instant. Raises NotFound for outsiders."""
    known: CourseGlances = request.app.state.glances
    return await known.glance(db, slug=slug, user=user, now=now)
