"""What forms send, read strictly; first of all, whether the viewer meant to send it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from grader.messages import Message
from server.domain.errors import AttachmentTooLarge, Invalid
from server.http.bounds import require_no_nul, require_year
from server.http.deps import Identity, require_form_token, require_own_page
from server.web.rendering.pages import ViewerHere

PART_MOST = 1 << 20  # bytes of a field that is no file
FORM_ROOM = 16_384  # bytes of a form around its file
PIECE = 1 << 20
TOKEN = "form_token"  # noqa: S105  # the name of a field


async def acting(request: Request, viewer: ViewerHere) -> Identity:
    """The viewer whose form sent back its session's token; raises NotAllowed for any other.

    Every route that changes something takes `Acting`, but those whose form has files: they read theirs with
    `form_with_files`. It is read here and is no parameter, so that a route may take its form as one model.
    """
    form = await request.form()  # read once
    require_no_nul(form)
    require_form_token(viewer, field(form, TOKEN))
    request.state.form = form  # a refusal shows it again
    return viewer


Acting = Annotated[Identity, Depends(acting)]


async def form_of_anybody(request: Request) -> FormData:
    """The form of a page for people without a session, sent by that page; raises NotAllowed for any other."""
    require_own_page(request)
    form = await request.form()
    require_no_nul(form)
    request.state.form = form
    return form


AnybodysForm = Annotated[FormData, Depends(form_of_anybody)]


@asynccontextmanager
async def form_with_files(
    request: Request, viewer: Identity, *, max_files: int, max_fields: int, max_part_size: int = PART_MOST
) -> AsyncIterator[FormData]:
    """The form that the viewer meant to send, read within these limits; its files are closed at the end."""
    async with request.form(max_files=max_files, max_fields=max_fields, max_part_size=max_part_size) as data:
        require_no_nul(data)
        require_form_token(viewer, field(data, TOKEN))
        request.state.form = data
        yield data


def field(data: FormData, name: str) -> str:
    """A text field of the form; empty where there is none."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def wants_preview(request: Request) -> bool:
    """Whether the button that was pressed only shows what the text would look like."""
    return bool(field(request.state.form, "preview"))


def chosen_file(data: FormData, name: str) -> UploadFile | None:
    """A file of the form; None where none was chosen, which browsers send as an empty one without a name."""
    file = data.get(name)
    return file if isinstance(file, UploadFile) and file.filename else None


async def pieces(file: UploadFile) -> AsyncIterator[bytes]:
    """What the chosen file holds, piece by piece."""
    while piece := await file.read(PIECE):
        yield piece


async def file_bytes(data: FormData, name: str, *, most: int) -> bytes | None:
    """What the chosen file holds; None where none was chosen. Raises AttachmentTooLarge beyond `most`."""
    file = chosen_file(data, name)
    if file is None:
        return None
    if (file.size or 0) > most:
        raise AttachmentTooLarge(most)
    return await file.read()


def from_local(text: str, zone: str) -> datetime:
    """The instant that a local time names in `zone`.

    Raises Invalid for none, or one that a change of the clocks leaves out.
    """
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Invalid(Message("'{text}' is no time; write it as 2030-03-15T23:59.", text=text)) from None
    require_year(local.year, text)
    instant = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise Invalid(
            Message(
                "There is no {text} in {zone}: the clocks leave it out that day. Choose another time.",
                text=text,
                zone=zone,
            )
        )
    return instant


def same_site(path: str) -> str:
    """`path` if it leads to a page of this site, else the first page.

    >>> same_site("/competitions/x?page=2"), same_site("//evil.example"), same_site("https://evil.example")
    ('/competitions/x?page=2', '/', '/')
    """
    parts = urlsplit(path)
    leads_away = bool(parts.scheme or parts.netloc) or not path.startswith("/") or path.startswith("//")
    return "/" if leads_away or "\\" in path or not path.isprintable() else path
