"""Competitions and their public files."""

from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from server.database.database import Database
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers import competitions as shapes
from server.serializers import values as shapes_values
from server.serializers.values import Json

router = APIRouter()


@router.get("/competitions")
async def mine(who: Viewer, db: Db, now: Now) -> Json:
    """The competitions of the viewer's courses."""
    found = await db.aread(lambda session: competitions.mine(session, user=who.user, now=now))
    return {"competitions": [await shape(db, each, now) for each in found]}


async def shape(db: Database, found: Access, now: datetime) -> Json:
    """The competition's shape, read in a session that may see private scores only if this viewer may."""
    return await db.aread(
        lambda session: shapes.competition(session, found, now=now), private=found.sees_private(now)
    )


@router.get("/competitions/{slug}")
async def one(found: ViewerAccess, db: Db, now: Now) -> Json:
    """One competition."""
    return await shape(db, found, now)


@router.get("/competitions/{slug}/files")
async def files(found: ViewerAccess, db: Db) -> Json:
    """The public files with their sizes and hashes."""
    listed = await db.aread(lambda session: competitions.files_of(session, found.competition.id))
    return {"files": [shapes_values.file(each, slug=found.competition.slug) for each in listed]}


@router.get("/competitions/{slug}/files/{name:path}")
async def download(name: str, found: ViewerAccess, db: Db, request: Request) -> Response:
    """A public file's bytes; its hash is the ETag."""
    file = await db.aread(
        lambda session: competitions.file_named(session, competition_id=found.competition.id, name=name)
    )
    return send_file(
        request, file_path=request.app.state.context.store.path(file.sha256), sha256=file.sha256, name=name
    )


def send_file(request: Request, *, file_path: Path, sha256: str, name: str) -> Response:
    """A stored file as an attachment, or 304 when the client has these bytes."""
    etag = f'"{sha256}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return FileResponse(
        file_path,
        media_type="application/octet-stream",
        filename=name.rsplit("/", 1)[-1],
        headers={"ETag": etag, "Cache-Control": "private, no-cache"},
    )
