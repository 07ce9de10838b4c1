"""The page on which a team hands in its code, with the versions it has handed in."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.code import versions
from server.domain.code.refusals import CodeTooLarge, InvalidCode
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.http.deps import Db, Now
from server.serializers import code as code_json
from server.serializers.code import OwnCodeJson
from server.services.code.take import most_bytes, take_code
from server.settings import Settings
from server.web.rendering import pages
from server.web.rendering.forms import FORM_ROOM, chosen_file, form_with_files, pieces
from server.web.rendering.pages import AccessHere, ViewerHere

UNLIMITED = 2**40  # `_require_size` refuses by the competition's own cap, with a message that names it
router = APIRouter()


@router.get("/competitions/{slug}/code")
async def form(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The form, and the versions of the viewer's team."""
    settings = request.app.state.settings
    values = await db.aread(lambda session: own_code(session, access, settings, now))
    return pages.render(request, "code/mine.html", viewer, code=values)


def own_code(session: Session, access: Access, settings: Settings, now: datetime) -> OwnCodeJson:
    """What a page shows of the viewer's team's code."""
    entries = versions.of_person(session, access=access)
    limit = most_bytes(access.competition, settings)
    return code_json.own(entries, access=access, limit=limit, now=now)


@router.post("/competitions/{slug}/code", max_body_size=UNLIMITED)
async def hand_in(request: Request, access: AccessHere, viewer: ViewerHere) -> Response:
    """Take the form's file as the newest version of the viewer's team."""
    context = request.app.state.context
    _require_size(request, access, context.settings)
    async with form_with_files(request, viewer, max_files=1, max_fields=3) as form:
        file = chosen_file(form, "file")
        if file is None or file.filename is None:
            raise InvalidCode(Message("No file was chosen. Choose the archive or notebook first."))
        await take_code(context, access=access, stream=pieces(file), file_name=file.filename)
    return RedirectResponse(f"/competitions/{access.competition.slug}/code", 303)


def _require_size(request: Request, access: Access, settings: Settings) -> None:
    """Raise CodeTooLarge before a byte of an oversized form is read; browsers always tell a form's length."""
    limit = most_bytes(access.competition, settings)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise Invalid(Message("The request does not tell its length. Use the form of this page, or the API."))
    if int(length) > limit + FORM_ROOM:
        raise CodeTooLarge(limit)
