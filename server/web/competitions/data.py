"""The data of a competition: its public files one by one and all at once, their first rows, the starter."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.competitions import access as competitions
from server.domain.competitions import starters
from server.domain.competitions.access import Access
from server.domain.competitions.starters import PublicFile, Starter
from server.domain.files.archive import ArchivedFile, zip_chunks
from server.domain.files.file_store import FileStore
from server.domain.files.first_rows import HEAD_BYTES, first_rows
from server.domain.setup import data_files
from server.domain.setup.data_files import FileChange
from server.http.deps import Db, Identity, own_url
from server.models import CompetitionFile, CompetitionFileVersion, Right
from server.serializers import values as values_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

HandOut = Callable[[CompetitionFile], PublicFile]
router = APIRouter()


@router.get("/competitions/{slug}/data")
async def show(request: Request, access: AccessHere, viewer: ViewerHere, db: Db) -> Response:
    """The public files with sizes, hashes and first rows."""
    store, hand_out = request.app.state.context.store, _hand_out(request, access, viewer)
    values = await db.aread(lambda session: _data_values(session, access, store, hand_out))
    return pages.render(request, "competitions/data.html", viewer, **values)


def _data_values(session: Session, access: Access, store: FileStore, hand_out: HandOut) -> Json:
    slug = access.competition.slug
    stored = competitions.files_of(session, access.competition.id)
    files = [hand_out(each) for each in stored]
    versions = data_files.versions_of(session, access.competition.id)
    return {
        "slug": slug,
        "files": [
            values_json.file(each, slug=slug) | {"first_rows": _first_rows(each, store)} for each in files
        ],
        "size": sum(each.size for each in files),
        "starters": starters.among([each.name for each in files]),
        "changes": [_change(each) for each in data_files.changes(versions)],
        "versions": _earlier(versions, stored) if access.holds(Right.CHANGE_RULES) else None,
    }


def _change(change: FileChange) -> Json:
    return asdict(change) | {"at": iso(change.at)}


def _earlier(versions: Sequence[CompetitionFileVersion], stored: Sequence[CompetitionFile]) -> list[Json]:
    """What was handed out before, for those who may hand it out again."""
    current = {each.sha256 for each in stored}
    return [
        {"id": row.id, "name": row.name, "size": row.size, "since": row.since and iso(row.since)}
        for row in versions
        if row.sha256 is not None and row.sha256 not in current
    ]


def _files(session: Session, access: Access, hand_out: HandOut) -> list[PublicFile]:
    return [hand_out(each) for each in competitions.files_of(session, access.competition.id)]


def _hand_out(request: Request, access: Access, viewer: Identity) -> HandOut:
    """A public file as this viewer gets it."""
    return partial(
        starters.handed_out,
        read=request.app.state.context.store.read,
        url=own_url(request),
        slug=access.competition.slug,
        catalogue=pages.catalogue_of(request, viewer),
    )


def _first_rows(file: PublicFile, store: FileStore) -> Json | None:
    if file.content is not None:
        return None
    with store.path(file.sha256).open("rb") as stored:
        beginning = first_rows(file.name, stored.read(HEAD_BYTES))
    return None if beginning is None else asdict(beginning)


@router.get("/competitions/{slug}/data.zip")
async def all_files(request: Request, access: AccessHere, viewer: ViewerHere, db: Db) -> Response:
    """Every public file in one zip, in its folder; what is known already is not sent again."""
    store, slug = request.app.state.context.store, access.competition.slug
    hand_out = _hand_out(request, access, viewer)
    files = await db.aread(lambda session: _files(session, access, hand_out))
    names = "".join(f"{each.sha256} {each.name}\n" for each in files)
    etag = f'"{hashlib.sha256(names.encode()).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    sources = [(each, store.path(each.sha256) if each.content is None else each.content) for each in files]
    chunks = zip_chunks(ArchivedFile(each.name, each.size, source) for each, source in sources)
    headers["Content-Disposition"] = f'attachment; filename="{slug}.zip"'
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.get("/competitions/{slug}/starters/{name}")
async def starter(
    name: Starter, access: AccessHere, viewer: ViewerHere, db: Db, request: Request
) -> Response:
    """The starter notebook or script in the viewer's language, with this server's address filled in."""
    row = access.competition
    file = await db.aread(
        lambda session: competitions.file_named(session, competition_id=row.id, name=name.value)
    )
    handed_out = _hand_out(request, access, viewer)(file)
    headers = {"Content-Disposition": f'attachment; filename="{row.slug}{name.ending}"'}
    return Response(handed_out.content, media_type=name.media_type, headers=headers)
