"""What students can check themselves: commitments to answer keys, and signed receipts."""

from fastapi import APIRouter, Request

from server.domain.competitions import access as competitions
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers import receipts as shapes_receipts
from server.serializers.values import Json

router = APIRouter()


@router.get("/competitions/{slug}/commitment")
async def commitment(found: ViewerAccess, db: Db, now: Now) -> Json:
    """The commitments to the competition's answer keys; opened from the reveal on."""
    return await db.aread(
        lambda session: shapes_receipts.commitment(session, found, now=now),
        private=competitions.is_revealed(found.competition, now),
    )


@router.get("/receipt-key")
async def receipt_keys(request: Request, now: Now) -> Json:
    """The public keys of this installation's receipts, for anybody; the one that signs first."""
    keys = request.app.state.context.receipt_keys.public(now)
    return {"keys": [shapes_receipts.receipt_key(each) for each in keys]}


@router.get("/submissions/{submission_id}/receipt")
async def receipt(submission_id: int, request: Request, who: Viewer, db: Db, now: Now) -> Json:
    """A submission's signed receipt as of now, for its team and the staff."""
    context = request.app.state.context
    return await db.aread(
        lambda session: shapes_receipts.signed_again(
            session,
            submission_id=submission_id,
            user=who.user,
            keys=context.receipt_keys,
            server=context.settings.origin,
            now=now,
        )
    )
