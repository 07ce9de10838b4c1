"""What the installation knows of a person: for themselves, and for admins, who may delete it."""

import asyncio
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from server.domain.audit.reasons import REASON_MOST
from server.domain.people.accounts import accounts
from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, Now, Viewer
from server.http.scopes import OF_STAFF
from server.serializers.people.privacy import ErasureJson, HandedOutDataJson, PersonalDataJson
from server.services.privacy import erasure
from server.services.privacy.personal_data import data_of, data_to_hand_out

router = api_router("privacy")


class ErasureRequest(BaseModel):
    """The reason, which stands in the audit trail and must not name the person."""

    reason: Annotated[str, Field(max_length=REASON_MOST)]


@router.get("/me/data")
async def mine(viewer: Viewer, db: Db, now: Now) -> Answer[PersonalDataJson]:
    """All that the installation knows of the viewer."""
    return Answer(await data_of(db, viewer.user, now), headers=NO_STORE)


@router.get("/people/{user_id}/data", openapi_extra=OF_STAFF)
async def of_person(user_id: int, viewer: Viewer, db: Db, now: Now) -> Answer[HandedOutDataJson]:
    """All that the installation knows of a person, notes of staff too, for admins to hand to them."""
    accounts.require_admin(viewer.user)
    user = await db.aread(lambda session: accounts.user_numbered(session, user_id))
    return Answer(await data_to_hand_out(db, user, now), headers=NO_STORE)


@router.post("/people/{user_id}/erasure")
async def erase(
    user_id: int, body: ErasureRequest, request: Request, viewer: Viewer, db: Db, now: Now
) -> Answer[ErasureJson]:
    """Delete a person's data; boards stay as they were, under a pseudonym."""
    accounts.require_admin(viewer.user)
    user = await db.aread(lambda session: accounts.user_numbered(session, user_id))
    done = await asyncio.to_thread(
        erasure.erase,
        db,
        request.app.state.context.store,
        user=user,
        reason=body.reason,
        by=viewer.actor,
        now=now,
    )
    return Answer(
        {
            "pseudonym": done.erased.pseudonym,
            "submissions": done.erased.submissions,
            "files_removed": done.removed,
            "files_shared": done.erased.shared_files,
            "files_left": done.left,
        }
    )
