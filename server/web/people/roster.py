"""A roster file on the page: uploaded, read, compared with the course, and imported once it was looked at.

The file travels in the form from look to look, packed, so that nothing of it lies on the server before it is
imported, and a refusal loses nothing.
"""

import base64
import binascii
import re
import zlib

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from server.domain.errors import AttachmentTooLarge, Invalid
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.roster import importing, preview
from server.domain.people.roster.columns import FIELD_WORDS
from server.domain.people.roster.diff import Approval
from server.domain.people.roster.file import BYTES_MOST, roster_in, roster_table
from server.domain.people.roster.importing import RosterImport
from server.domain.people.roster.preview import RosterPreview, RosterUpload
from server.http.deps import Db, Now
from server.models import User
from server.serializers.people import rosters as rosters_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import field, file_bytes, form_with_files
from server.web.rendering.pages import ViewerHere

PACKED_MOST = 8_000_000  # of a packed file in the form
BODY_MOST = BYTES_MOST + 2 * PACKED_MOST
FIELDS_MOST = 300
COLUMN = re.compile(r"column_(\d{1,3})")
ENCODINGS = (
    *("utf-8", "utf-16", "big5", "big5-hkscs", "gb18030", "shift-jis", "euc-jp", "euc-kr"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-2", "koi8-r", "mac-roman", "cp437", "cp850"),
)
router = APIRouter()


@router.get("/courses/{course}/people/roster")
async def form(request: Request, course: str, viewer: ViewerHere, db: Db) -> Response:
    """The form that takes a file."""
    own = await db.aread(lambda session: _as_instructor(session, course, viewer.user))
    return pages.render(request, "people/roster.html", viewer, **frame(own), **_nothing())


@router.post("/courses/{course}/people/roster", max_body_size=BODY_MOST)
async def look(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """How the file was read and what it would change; after the button that imports it, what it changed."""
    own = await db.aread(lambda session: _as_instructor(session, course, viewer.user))
    async with form_with_files(
        request, viewer, max_files=1, max_fields=FIELDS_MOST, max_part_size=PACKED_MOST
    ) as data:
        upload = await _upload(data)
        seen = field(data, "seen") if field(data, "act") == "import" else ""
    shown = await db.aread(
        lambda session: preview.preview(session, course=own.course, upload=upload, by=viewer.actor)
    )
    if shown.can_be_applied and seen == shown.seen:
        result = await db.awrite(
            lambda session: importing.import_roster(
                session,
                course=own.course,
                roster=roster_in(roster_table(upload.data, encoding=upload.encoding), chosen=upload.chosen),
                approval=upload.approval,
                by=viewer.actor,
                now=now,
            )
        )
        return pages.render(request, "people/roster_done.html", viewer, **frame(own), **_done(result))
    values = frame(own) | shown_values(upload, shown, has_changed=bool(seen))
    status = 200 if shown.refusal is None else 422
    return pages.render(request, "people/roster.html", viewer, status=status, **values)


def _as_instructor(session: Session, slug: str, user: User) -> Membership:
    own = courses.membership(session, slug=slug, user=user)
    courses.require_instructor(own.role)
    return own


async def _upload(data: FormData) -> RosterUpload:
    """The file of the form, or the one that travels with it, and how it is to be read."""
    fresh = await file_bytes(data, "file", most=BYTES_MOST)
    content = _unpacked(field(data, "packed")) if fresh is None else fresh
    columns = {
        int(match[1]): str(value)
        for name, value in data.items()
        if (match := COLUMN.fullmatch(name)) is not None
    }
    drop = field(data, "drop")
    return RosterUpload(
        content,
        encoding=field(data, "encoding") or None,
        chosen=columns if columns and fresh is None else None,
        approval=Approval(
            drop=int(drop) if drop.isdecimal() and len(drop) < 7 else None,
            nameless=field(data, "nameless") == "yes",
            as_written=field(data, "as_written") == "yes",
        ),
    )


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 6)).decode()


def _unpacked(text: str) -> bytes:
    """The file that the form carries. Raises Invalid without one, AttachmentTooLarge beyond the most."""
    if not text:
        raise Invalid(Message("No file was chosen. Choose the list of the course's people, then look at it."))
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(base64.b64decode(text, validate=True), BYTES_MOST + 1)
    except (binascii.Error, zlib.error, ValueError):
        raise Invalid(Message("The file did not come back whole. Choose it again.")) from None
    if len(content) > BYTES_MOST:
        raise AttachmentTooLarge(BYTES_MOST)
    return content


def frame(own: Membership) -> Json:
    """What the page has beside a file."""
    return {
        **pages.of_course(own.course),
        "encodings": ENCODINGS,
        "size_most": BYTES_MOST,
    }


def _nothing() -> Json:
    return {"packed": "", "shown": None, "encoding": "", "has_changed": False}


def shown_values(upload: RosterUpload, shown: RosterPreview, *, has_changed: bool) -> Json:
    """A file, how it was read, and what it would change."""
    return {
        "packed": _packed(upload.data),
        "encoding": upload.encoding or "",
        "has_changed": has_changed,
        "fields": list(FIELD_WORDS.items()),
        "approval": upload.approval,
        "shown": rosters_json.preview(shown, chosen=upload.chosen),
    }


def _done(result: RosterImport) -> Json:
    return {
        "added": len(result.diff.added),
        "changed": len(result.diff.changed),
        "removed": len(result.diff.removed),
        "unchanged": result.diff.unchanged,
        "passwords": result.passwords,
    }
