"""Submissions over the API: the raw file is the body."""

from typing import Annotated, Literal

from fastapi import Header, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.api.submissions.raw_body import raw_body
from server.domain.competitions.access import Access
from server.domain.submissions import finals, notes, origin
from server.domain.submissions import submit as submissions
from server.domain.submissions.expected import ExpectedFile
from server.domain.submissions.upload import Cover
from server.http import limits
from server.http.answers import (
    FILE,
    OF_A_LIMIT,
    Accepted,
    Answer,
    Created,
    Responses,
    api_router,
    head,
    reads,
    refuses,
)
from server.http.deps import Db, Identity, IdentityKind, Now, Viewer, ViewerAccess
from server.http.scopes import SUBMITS
from server.http.stored_files import send_submission
from server.models import Submission, Via
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.receipts import UploadReceiptJson
from server.serializers.submissions.submissions import ListedSubmissionJson, SubmissionListJson
from server.services.uploads.take import take
from server.services.uploads.turns import turn_to_send

UNLIMITED = 2**40  # `take` counts the bytes against the competition's own cap, with a message that names it
UPLOADS = "/competitions/{slug}/submissions"
UPLOADED = SUBMITS | reads("text/csv")
LEFT: Responses = {status: {"headers": head(*OF_A_LIMIT)} for status in (200, 201, 202)}
REFUSED = refuses(429, 503) | LEFT
router = api_router("submissions")


ANSWERS: dict[int, type[Answer[UploadReceiptJson]]] = {
    200: Answer,
    201: Created,
    202: Accepted,
}


Declared = Literal["client", "agent"]


class NoteRequest(BaseModel):
    """What a submission's note is to read; empty for none."""

    note: Annotated[str, Field(max_length=4000)]


class FinalRequest(BaseModel):
    """Whether a submission shall be among the final selections."""

    selected: bool


@router.post(UPLOADS, max_body_size=UNLIMITED, responses=REFUSED, openapi_extra=UPLOADED)
@router.put(
    UPLOADS,
    max_body_size=UNLIMITED,
    responses=REFUSED,
    openapi_extra=UPLOADED,
    operation_id="submissions_submit_by_put",
)
async def submit(
    request: Request,
    access: ViewerAccess,
    viewer: Viewer,
    file_name: Annotated[str, Query(description="Of a longer one the last 200 characters stand.")] = (
        "submission.csv"
    ),
    note: Annotated[str, Query(max_length=4000, description="A line of at most 500 characters.")] = "",
    via: Annotated[Declared | None, Query(description="What sends it, where that is no page.")] = None,
    code_name: Annotated[str, Query(max_length=4000, description="Of the notebook or script.")] = "",
    code_sha256: Annotated[str, Query(pattern=origin.SHA256, description="Of that file.")] = "",
    commit: Annotated[str, Query(pattern=origin.COMMIT, description="Of Git; + where files differ.")] = "",
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Created[UploadReceiptJson] | Answer[UploadReceiptJson] | Accepted[UploadReceiptJson]:
    """Take the body as a submission; answered when it is scored."""
    context = request.app.state.context
    made_by = origin.origin_of(name=code_name, sha256=code_sha256, commit=commit)
    cover = Cover(file_name, idempotency_key, notes.checked(note), _way(viewer, via), made_by)
    file = ExpectedFile.of(request.headers.get("content-length"), key=idempotency_key)
    async with turn_to_send(context, access, file):
        taken = await take(
            context,
            access=access,
            user=viewer.user,
            stream=raw_body(request),
            cover=cover,
        )
    kind = ANSWERS[taken.status]
    headers = {"Location": taken.receipt["url"], **limits.of_today(taken.receipt["today"])}
    return kind(taken.receipt, headers=headers)


def _way(viewer: Identity, declared: Declared | None) -> Via:
    """By which way an upload came: of a session from a page, else as its sender says."""
    if viewer.kind is IdentityKind.SESSION:
        return Via.PAGE
    return Via.API if declared is None else Via(declared)


@router.get(UPLOADS)
async def mine(access: ViewerAccess, db: Db, now: Now) -> Answer[SubmissionListJson]:
    """The submissions of the viewer's team and their own trials, the newest first."""

    def read(session: Session) -> list[ListedSubmissionJson]:
        rows = submissions.of_person(session, competition_id=access.competition.id, user_id=access.user_id)
        return submissions_json.submission_list(session, rows, access=access, now=now)

    return Answer({"submissions": await db.aread_by_key(read, private=access.sees_private(now))})


@router.get("/submissions/{submission_id}")
async def one(submission_id: int, viewer: Viewer, db: Db, now: Now) -> Answer[ListedSubmissionJson]:
    """One submission, for its team and the staff."""
    row, access = await db.aread(
        lambda session: submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
    )
    return Answer(await _listed(db, row, access, now))


@router.get("/submissions/{submission_id}/file", responses=FILE)
async def file(submission_id: int, request: Request, viewer: Viewer, db: Db, now: Now) -> Response:
    """A submission's file as it was sent, for its team and the staff; its hash is the ETag."""
    row, _ = await db.aread(
        lambda session: submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
    )
    return send_submission(request, row, file_path=request.app.state.context.store.path(row.sha256))


@router.put("/submissions/{submission_id}/final", openapi_extra=SUBMITS)
async def select_final(
    submission_id: int, body: FinalRequest, viewer: Viewer, db: Db, now: Now
) -> Answer[ListedSubmissionJson]:
    """Put a submission among the final selections, or take it off."""

    def choose(session: Session) -> tuple[Submission, Access]:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        finals.require_own(session, submission=row, access=access)
        finals.select_final(
            session,
            submission=row,
            competition=access.competition,
            terms=access.terms,
            selected=body.selected,
            now=now,
        )
        return row, access

    row, access = await db.awrite(choose, private=True)
    return Answer(await _listed(db, row, access, now))


@router.put("/submissions/{submission_id}/note", openapi_extra=SUBMITS)
async def change_note(
    submission_id: int, body: NoteRequest, viewer: Viewer, db: Db, now: Now
) -> Answer[ListedSubmissionJson]:
    """Change the note of a submission of one's own team."""

    def work(session: Session) -> tuple[Submission, Access]:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        notes.change(session, submission=row, access=access, text=body.note)
        return row, access

    row, access = await db.awrite(work)
    return Answer(await _listed(db, row, access, now))


async def _listed(db: Db, row: Submission, access: Access, now: Now) -> ListedSubmissionJson:
    rows = await db.aread(
        lambda session: submissions_json.submission_list(session, [row], access=access, now=now),
        private=access.sees_private(now),
    )
    return rows[0]
