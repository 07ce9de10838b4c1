"""The pictures of descriptions and announcements: public files of the competition, shown in place."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from grader.messages import Message
from server.domain.competitions import access as competitions
from server.domain.errors import NotFound
from server.domain.files.pictures import HEAD_BYTES, picture_type
from server.http.deps import Db
from server.http.stored_files import AgelessFile
from server.web.rendering.pages import AccessHere

# Whoever opens a drawing by its address opens a document of ours: it runs nothing and loads nothing.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
router = APIRouter()


@router.get("/competitions/{slug}/pictures/{name:path}")
async def picture(name: str, access: AccessHere, db: Db, request: Request) -> Response:
    """A public file that is a picture, by its content; NotFound for any other."""
    row = access.competition
    file = await db.aread(lambda session: competitions.file_named(session, competition_id=row.id, name=name))
    return picture_file(request, file.sha256, name=name)


def picture_file(request: Request, sha256: str, *, name: str) -> Response:
    """A stored file as a picture of a page; raises NotFound where it is none."""
    path = request.app.state.context.store.path(sha256)
    with path.open("rb") as stored:
        media_type = picture_type(stored.read(HEAD_BYTES))
    if media_type is None:
        raise NotFound(
            Message(
                "'{name}' is no picture that a page can show: it is neither PNG, JPEG, GIF, WebP nor SVG.",
                name=name,
            )
        )
    etag = f'"{sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Content-Security-Policy": ALONE}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return AgelessFile(path, media_type=media_type, headers=headers)
