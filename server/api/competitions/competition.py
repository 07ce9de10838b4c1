"""Competitions and their public files."""

from datetime import datetime
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse

from server.database.database import Database
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.http.answers import Answer, api_router, sends
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers import competitions as competitions_json
from server.serializers import values as values_json
from server.serializers.competitions import CompetitionJson, CompetitionListJson, FileListJson

FILE = sends("application/octet-stream") | {304: {"description": "As you have it."}}
router = api_router("competitions")


@router.get("/competitions")
async def mine(viewer: Viewer, db: Db, now: Now) -> Answer[CompetitionListJson]:
    """The competitions of the viewer's courses."""
    visible = await db.aread(lambda session: competitions.mine(session, user=viewer.user, now=now))
    return Answer({"competitions": [await _competition(db, each, now) for each in visible]})


@router.get("/competitions/{slug}")
async def one(access: ViewerAccess, db: Db, now: Now) -> Answer[CompetitionJson]:
    """One competition, with its tiers and what is left today."""
    return Answer(await _competition(db, access, now))


@router.get("/competitions/{slug}/files")
async def files(access: ViewerAccess, db: Db) -> Answer[FileListJson]:
    """The public files with their sizes and hashes."""
    rows = await db.aread(lambda session: competitions.files_of(session, access.competition.id))
    return Answer({"files": [values_json.file(row, slug=access.competition.slug) for row in rows]})


@router.get("/competitions/{slug}/files/{name:path}", responses=FILE)
async def download(name: str, access: ViewerAccess, db: Db, request: Request) -> Response:
    """A public file's bytes; its hash is the ETag."""
    file = await db.aread(
        lambda session: competitions.file_named(session, competition_id=access.competition.id, name=name)
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


async def _competition(db: Database, access: Access, now: datetime) -> CompetitionJson:
    """A competition, read in a session that may see private scores only if this viewer may."""
    return await db.aread(
        lambda session: competitions_json.competition(session, access, now=now),
        private=access.sees_private(now),
    )
