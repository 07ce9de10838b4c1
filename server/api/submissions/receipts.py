"""What students can check themselves: commitments to answer keys, and signed receipts."""

from fastapi import Request

from server.domain.competitions import access as competitions
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.serializers.submissions import receipts as receipts_json
from server.serializers.submissions.receipts import CommitmentJson, ReceiptKeyListJson, SignedReceiptJson

router = api_router("receipts")


@router.get("/competitions/{slug}/commitment")
async def commitment(access: ViewerAccess, db: Db, now: Now) -> Answer[CommitmentJson]:
    """The commitments to the competition's answer keys; opened from the reveal on."""
    promised = await db.aread(
        lambda session: receipts_json.commitment(session, access, now=now),
        private=competitions.is_revealed(access.competition, now),
    )
    return Answer(promised)


@router.get("/receipt-key")
async def receipt_keys(request: Request, now: Now) -> Answer[ReceiptKeyListJson]:
    """The public keys of this installation's receipts, for anybody; the one that signs first."""
    keys = request.app.state.context.receipt_keys.public(now)
    return Answer({"keys": [receipts_json.receipt_key(key) for key in keys]})


@router.get("/submissions/{submission_id}/receipt")
async def receipt(
    submission_id: int, request: Request, viewer: Viewer, db: Db, now: Now
) -> Answer[SignedReceiptJson]:
    """A submission's signed receipt as of now, for its team and the staff."""
    context = request.app.state.context
    signed = await db.aread(
        lambda session: receipts_json.signed_again(
            session,
            submission_id=submission_id,
            user=viewer.user,
            keys=context.receipt_keys,
            server=context.settings.origin,
            now=now,
        )
    )
    return Answer(signed)
