"""Receipts and proof: what was promised at the opening, and how a student checks it without trusting us."""

import json

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from server.domain.competitions import access as competitions
from server.domain.submissions import submit as submissions
from server.http.deps import NO_STORE, Db, Now
from server.http.stored_files import send_submission
from server.serializers.submissions import receipts as receipts_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/trust")
async def trust(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The commitment in plain words: sealed until the reveal, then with its salt and text."""
    promised = await db.aread(
        lambda session: receipts_json.commitment(session, access, now=now),
        private=competitions.is_revealed(access.competition, now),
    )
    versions = [{**each, "covers": _read(each.get("text"))} for each in promised["versions"]]
    proof = {**promised, "versions": versions}
    keys = [receipts_json.receipt_key(each) for each in request.app.state.context.receipt_keys.public(now)]
    return pages.render(request, "submissions/receipts.html", viewer, proof=proof, keys=keys)


def _read(text: str | None) -> Json | None:
    """The opened text's fields, or None while it is sealed."""
    fields: Json | None = None if text is None else json.loads(text)
    return fields


@router.get("/submissions/{submission_id}/receipt.json")
async def receipt(submission_id: int, request: Request, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """A submission's signed receipt as a file to keep, for its team and the staff."""
    context = request.app.state.context
    document = await db.aread(
        lambda session: receipts_json.signed_again(
            session,
            submission_id=submission_id,
            user=viewer.user,
            keys=context.receipt_keys,
            server=context.settings.origin,
            now=now,
        )
    )
    name = f"receipt-{document['receipt']['competition']}-{submission_id}.json"
    return JSONResponse(
        document, headers=NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get("/submissions/{submission_id}/file")
async def file(submission_id: int, request: Request, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """A submission's file as it was sent, for its team and the staff."""
    row, _ = await db.aread(
        lambda session: submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
    )
    return send_submission(request, row, file_path=request.app.state.context.store.path(row.sha256))
