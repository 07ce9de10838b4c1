"""Exports of points as they were made, for pages and API."""

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from server.database.database import Database
from server.domain.grades.exports import exports
from server.http.deps import NO_STORE
from server.http.stored_files import send_file
from server.models import PrivateExport, User


async def sent_export(request: Request, db: Database, *, course: str, version: int, user: User) -> Response:
    """The file of a course's export; raises NotFound, NotAllowed."""

    def read(session: Session) -> PrivateExport:
        own = exports.may_export(session, slug=course, user=user)
        return exports.one_of(session, course=own.course, version=version)

    row = await db.aread(read, private=True)
    path = request.app.state.context.store.path(row.sha256)
    return send_file(request, file_path=path, sha256=row.sha256, name=row.file_name, headers=NO_STORE)
