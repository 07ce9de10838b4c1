"""Exports of a course's points: made for another system, kept, listed with who made them, downloaded."""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid
from server.domain.grades import exports
from server.domain.grades.course_points import CoursePoints, course_points
from server.domain.grades.exports import ExportedPoints
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.http.deps import NO_STORE, Db, Now
from server.http.stored_files import send_file
from server.models import ExportKind, PrivateExport, Right, User
from server.web.rendering import pages
from server.web.rendering.forms import field, file_bytes, form_with_files
from server.web.rendering.pages import ViewerHere

GRADEBOOK_MOST = 20_000_000
NEEDED = (Right.SEE_PRIVATE, Right.SEE_NAMES, Right.EXPORT)
router = APIRouter()


def _exporting(session: Session, slug: str, user: User) -> Membership:
    own = courses.as_staff(session, slug=slug, user=user)
    for right in NEEDED:
        own.require(right)
    return own


@router.get("/courses/{course}/exports")
async def show(request: Request, course: str, viewer: ViewerHere, db: Db) -> Response:
    """The form, and the exports so far."""

    def read(session: Session) -> tuple[Membership, list[exports.MadeExport]]:
        own = _exporting(session, course, viewer.user)
        return own, exports.of_course(session, course=own.course)

    own, rows = await db.aread(read, private=True)
    listed = [
        {
            "version": each.row.version,
            "kind": each.row.kind.value,
            "made_at": iso(each.row.made_at),
            "made_by": each.by,
            "file_name": each.row.file_name,
            "size": each.row.size,
            "sha256": each.row.sha256,
            **each.row.facts,
        }
        for each in rows
    ]
    values = pages.of_course(own.course) | {"exports": listed}
    return pages.render(request, "grades/exports.html", viewer, **values)


@router.post("/courses/{course}/exports", max_body_size=GRADEBOOK_MOST + 20_000)
async def make(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Make an export of the points as they stand now, and keep it."""
    context = request.app.state.context
    async with form_with_files(request, viewer, max_files=1, max_fields=3) as form:
        kind = _kind(field(form, "kind"))
        gradebook = await file_bytes(form, "file", most=GRADEBOOK_MOST)

    def read(session: Session) -> tuple[Membership, CoursePoints]:
        own = _exporting(session, course, viewer.user)
        return own, course_points(session, course_id=own.course.id, rights=own.rights, now=now)

    own, points = await db.aread(read, private=True)
    export: ExportedPoints = await context.in_thread(
        partial(exports.exported, points, kind=kind, gradebook=gradebook)
    )
    stored = await context.in_thread(partial(context.store.put, export.data))
    await db.awrite(
        lambda session: (
            exports.keep(
                session, export, course=own.course, sha256=stored.sha256, by=viewer.actor, now=now
            ).version
        ),
        private=True,
    )
    return RedirectResponse(f"/courses/{course}/exports", 303)


def _kind(text: str) -> ExportKind:
    try:
        return ExportKind(text)
    except ValueError:
        raise Invalid(Message("Choose for which system the export is.")) from None


@router.get("/courses/{course}/exports/{version}")
async def download(request: Request, course: str, version: int, viewer: ViewerHere, db: Db) -> Response:
    """An export's file as it was made."""

    def read(session: Session) -> PrivateExport:
        own = _exporting(session, course, viewer.user)
        return exports.one_of(session, course=own.course, version=version)

    row = await db.aread(read, private=True)
    path = request.app.state.context.store.path(row.sha256)
    return send_file(request, file_path=path, sha256=row.sha256, name=row.file_name, headers=NO_STORE)
