"""Exports of a course's points, as its page makes and keeps them: the gradebook is the body."""

from functools import partial
from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from server.api.submissions.raw_body import raw_body
from server.domain.grades.exports import exports
from server.domain.grades.exports.export_files import ExportOrder
from server.domain.grades.exports.exports import MadeExport
from server.domain.grades.gradebooks.columns import by_hand
from server.http.answers import FILE, Answer, Created, api_router, reads
from server.http.deps import NO_STORE, Db, Now, Viewer
from server.http.kept_exports import sent_export
from server.http.scopes import OF_STAFF
from server.models import ExportKind, PrivateExport
from server.serializers import grades as grades_json
from server.serializers.grades import ExportJson, ExportsJson
from server.services import point_exports
from server.services.point_exports import Exporter

GRADEBOOK_MOST = 20_000_000
router = api_router("grades")


@router.get("/courses/{course}/exports", openapi_extra=OF_STAFF)
async def listed(course: str, viewer: Viewer, db: Db) -> Answer[ExportsJson]:
    """The exports so far, the newest first."""

    def read(session: Session) -> list[MadeExport]:
        own = exports.may_export(session, slug=course, user=viewer.user)
        return exports.of_course(session, course=own.course)

    rows = await db.aread(read, private=True)
    return Answer({"exports": [grades_json.export(course, each) for each in rows]}, headers=NO_STORE)


@router.post(
    "/courses/{course}/exports",
    max_body_size=GRADEBOOK_MOST,
    openapi_extra=reads("application/octet-stream"),
)
async def make(
    request: Request,
    course: str,
    viewer: Viewer,
    db: Db,
    now: Now,
    kind: Annotated[ExportKind, Query()],
    column: Annotated[
        list[str] | None,
        Query(description="As in `5=hw01`: what the column at a place, from 1, takes; `Total`: the sum."),
    ] = None,
    clears: Annotated[bool, Query(description="Who has no grade here loses the one there.")] = False,
    scales: Annotated[
        bool, Query(description="Points become shares of each column's maximum there.")
    ] = False,
    homework: Annotated[str, Query(description="Of canvas_plain: whose points, or `Total`.")] = "",
    number: Annotated[str, Query(description="Of canvas_plain: the assignment's in Canvas.")] = "",
) -> Created[ExportJson]:
    """Export the points as they stand now. Body: the gradebook, for Canvas and Blackboard."""
    context = request.app.state.context
    own = await db.aread(lambda session: exports.may_export(session, slug=course, user=viewer.user))
    order = ExportOrder(
        kind,
        b"".join([piece async for piece in raw_body(request)]) or None,
        columns=by_hand(column or []),
        clears=clears,
        scales=scales,
        slug=homework,
        number=number,
    )
    exporter = Exporter(own.course, own.rights, viewer.actor)
    making = partial(point_exports.make_export, db, context.store, order, exporter=exporter, now=now)
    row: PrivateExport = await context.in_thread(making)
    shape = grades_json.export(course, MadeExport(row, viewer.user.display_name))
    return Created(shape, at=shape["url"], headers=NO_STORE)


@router.get("/courses/{course}/exports/{version}", responses=FILE, openapi_extra=OF_STAFF)
async def download(request: Request, course: str, version: int, viewer: Viewer, db: Db) -> Response:
    """An export's file as it was made."""
    return await sent_export(request, db, course=course, version=version, user=viewer.user)
