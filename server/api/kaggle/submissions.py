"""Submissions by Kaggle's clients: announced, sent to an address of one use, then entered by the one door."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from grader.messages import Message
from server.api.kaggle.dialects import (
    PREFIX,
    RPC,
    Caller,
    Fields,
    kaggle_router,
)
from server.api.submissions.submit import UNLIMITED
from server.domain.competitions.access import Access
from server.domain.errors import TooLarge
from server.domain.kaggle import uploads
from server.domain.kaggle.uploads import AnnouncedFile
from server.domain.submissions import expected, notes
from server.domain.submissions.expected import ExpectedFile
from server.domain.submissions.upload import Cover
from server.http import deps
from server.http.answers import Answer
from server.http.deps import Identity, Now
from server.http.scopes import SUBMITS
from server.http.stored_files import plain_name
from server.models import Via
from server.serializers.kaggle import KaggleReceipt, KaggleUploadAddress
from server.serializers.submissions.receipts import UploadReceiptJson
from server.services.kaggle import arrivals
from server.services.uploads.refusals import EmptyFile
from server.services.uploads.take import take
from server.services.uploads.turns import turn_to_send

UPLOADS = "/kaggle/uploads"
router = kaggle_router()


class UploadAnnouncement(Fields):
    """A file that is to be sent."""

    competition_name: str = ""
    file_name: str = "submission.csv"
    content_length: int = 0


class NewSubmission(Fields):
    """A file that has been sent, and what shall be beside it."""

    competition_name: str = ""
    blob_file_tokens: str = ""
    submission_description: Annotated[str, Field(max_length=4000)] = ""


@router.post(f"{RPC}/StartSubmissionUpload", openapi_extra=SUBMITS)
async def start(
    request: Request, body: UploadAnnouncement, caller: Caller, now: Now
) -> Answer[KaggleUploadAddress]:
    """Open an address for a file, or say why none would be taken."""
    access = await deps.access(body.competition_name, caller, request, now)
    name = body.file_name
    return Answer(await announced(request, access, name=name, size=body.content_length, now=now))


async def announced(
    request: Request, access: Access, *, name: str, size: int, now: Now
) -> KaggleUploadAddress:
    """The address and the token of a file of this size.

    Raises whatever can be said against the file before it comes: NotOpen, Closed, LimitReached, TooLarge.
    """
    context = request.app.state.context
    invalid_most = context.settings.invalid_per_hour
    limit = min(access.competition.upload_limit_bytes, context.settings.upload_limit_bytes)
    file = AnnouncedFile(access.user_id, access.competition.id, plain_name(name), limit)
    await context.db.aread_by_key(
        lambda session: expected.require_welcome(
            session, ExpectedFile.of(str(size)), access=access, now=now, invalid_most=invalid_most
        )
    )
    if size > limit:
        raise TooLarge(limit)
    if size <= 0:
        raise EmptyFile
    return await opened(request, file, now=now)


async def opened(request: Request, file: AnnouncedFile, *, now: Now) -> KaggleUploadAddress:
    """An address on this very server, by the way on which the request came, and the token of its file.

    The secret stands in the query, which no log of ours keeps.
    """
    db = deps.database(request)
    secret = await db.awrite(lambda session: uploads.announce(session, file, now=now))
    base = str(request.base_url).rstrip("/")
    return {"token": secret, "createUrl": f"{base}{PREFIX}{UPLOADS}?key={secret}"}


@router.put(UPLOADS, max_body_size=UNLIMITED)
async def send(request: Request, key: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Take the body as the file of this address, from whoever knows its secret."""
    await arrivals.receive(request.app.state.context, secret=key, stream=request.stream())
    return Response(status_code=200, media_type="application/json", content=b"{}")


@router.post(f"{RPC}/CreateSubmission", openapi_extra=SUBMITS)
async def create(request: Request, body: NewSubmission, caller: Caller, now: Now) -> Answer[KaggleReceipt]:
    """Enter a file that has come, and answer when it is scored."""
    access = await deps.access(body.competition_name, caller, request, now)
    return Answer(
        await entered(
            request, access, caller, token=body.blob_file_tokens, note=body.submission_description, now=now
        )
    )


async def entered(
    request: Request, access: Access, caller: Identity, *, token: str, note: str, now: Now
) -> KaggleReceipt:
    """What the client prints about a file that was entered. Raises FileRefused with each of its problems."""
    context, competition_id = request.app.state.context, access.competition.id
    text = notes.checked(note)
    row = await context.db.aread_by_key(
        lambda session: uploads.arrived(
            session, token, user_id=access.user_id, competition_id=competition_id, now=now
        )
    )
    cover = Cover(row.file_name, note=text, via=Via.KAGGLE)
    try:
        async with turn_to_send(context, access, ExpectedFile.of(str(row.size))):
            stream = arrivals.pieces_of(context, row)
            taken = await take(context, access=access, user=caller.user, stream=stream, cover=cover)
    finally:
        await context.db.awrite(lambda session: uploads.note_entered(session, row.id, now=now))
    return {"message": _sentence(access, taken.receipt), "ref": taken.receipt["id"]}


def _sentence(access: Access, receipt: UploadReceiptJson) -> str:
    """What became of a file, in one sentence."""
    title = access.competition.title
    if receipt["public_score"] is None:
        return Message("Successfully submitted to {title}. It is still being scored.", title=title)
    facts = {"title": title, "score": receipt["public_score"], "left": receipt["today"]["left"]}
    if receipt["repeated"]:
        return Message("You have sent this file to {title} before; its public score is {score}.", **facts)
    return Message(
        "Successfully submitted to {title}. Public score {score}, {left} submissions left today.", **facts
    )
