"""Competitions and their public files."""

from datetime import datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.competitions import access as competitions
from server.domain.competitions import starters
from server.domain.competitions.access import Access
from server.domain.competitions.starters import PublicFile
from server.http import languages
from server.http.answers import FILE, Answer, Timed, api_router
from server.http.deps import Db, Now, Viewer, ViewerAccess, own_url
from server.http.stored_files import send_file, unless_known
from server.models import CompetitionFile
from server.serializers import competitions as competitions_json
from server.serializers import values as values_json
from server.serializers.competitions import CompetitionJson, CompetitionListJson, FileListJson

router = api_router("competitions")


@router.get("/competitions")
async def mine(viewer: Viewer, db: Db, now: Now) -> Timed[CompetitionListJson]:
    """The competitions of the viewer's courses."""
    visible = await db.aread_by_key(lambda session: competitions.mine(session, user=viewer.user, now=now))
    described: dict[int, CompetitionJson] = {}
    for sees_private in (False, True):
        accesses = [each for each in visible if each.sees_private(now) is sees_private]
        described |= await _described(db, accesses, now, private=sees_private)
    return Timed({"competitions": [described[each.competition.id] for each in visible]})


@router.get("/competitions/{slug}")
async def one(access: ViewerAccess, db: Db, now: Now) -> Timed[CompetitionJson]:
    """One competition, with its tiers and what is left today."""
    return Timed(await _competition(db, access, now))


@router.get("/competitions/{slug}/files")
async def files(access: ViewerAccess, db: Db, request: Request) -> Answer[FileListJson]:
    """The public files with their sizes and hashes, of starters in the language of the request."""
    row = access.competition
    rows = await db.aread(lambda session: competitions.files_of(session, row.id))
    handed_out = [_handed_out(each, row.slug, request) for each in rows]
    return Answer({"files": [values_json.file(each, slug=row.slug) for each in handed_out]})


@router.get("/competitions/{slug}/files/{name:path}", responses=FILE)
async def download(name: str, access: ViewerAccess, db: Db, request: Request) -> Response:
    """A public file's bytes; its hash is the ETag."""
    row = access.competition
    file = await db.aread(lambda session: competitions.file_named(session, competition_id=row.id, name=name))
    handed_out = _handed_out(file, row.slug, request)
    if handed_out.content is not None:
        return send_bytes(request, handed_out.content, sha256=handed_out.sha256, name=name)
    return send_file(
        request, file_path=request.app.state.context.store.path(file.sha256), sha256=file.sha256, name=name
    )


def _handed_out(file: CompetitionFile, slug: str, request: Request) -> PublicFile:
    return starters.handed_out(
        file,
        request.app.state.context.store.read,
        url=own_url(request),
        slug=slug,
        catalogue=languages.templates_of(request),
    )


def send_bytes(request: Request, content: bytes, *, sha256: str, name: str) -> Response:
    """These bytes as an attachment, or 304 when the client has them."""
    return unless_known(request, sha256) or Response(
        content,
        media_type="application/octet-stream",
        headers={
            "ETag": f'"{sha256}"',
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


async def _competition(db: Database, access: Access, now: datetime) -> CompetitionJson:
    """A competition, read in a session that may see private scores only if this viewer may."""
    return await db.aread_by_key(
        lambda session: competitions_json.competition(session, access, now=now),
        private=access.sees_private(now),
    )


async def _described(
    db: Database, accesses: list[Access], now: datetime, *, private: bool
) -> dict[int, CompetitionJson]:
    """Competitions by their ids, in one session; private: whether their viewer may see private scores."""

    def read(session: Session) -> dict[int, CompetitionJson]:
        listed = competitions_json.competition_list(session, accesses, now=now)
        return {each.competition.id: described for each, described in zip(accesses, listed, strict=True)}

    return await db.aread(read, private=private) if accesses else {}
