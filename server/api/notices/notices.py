"""The viewer's notices: what concerns them, and that they have read it."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.notices import choices, notices
from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, Now, Viewer
from server.http.scopes import SUBMITS
from server.models import NoticeKind
from server.serializers import notices as notices_json
from server.serializers.notices import NoticeChoicesJson, NoticeListJson

router = api_router("notices")
KEYS_MOST = 1000


class ReadRequest(BaseModel):
    """Which notices were read, by their keys; null for all."""

    keys: Annotated[list[Annotated[str, Field(max_length=200)]] | None, Field(max_length=KEYS_MOST)] = None


class ChoiceRequest(BaseModel):
    """Which kinds of notices are to come by mail too, of all that the viewer may get."""

    by_mail: Annotated[list[NoticeKind], Field(max_length=len(NoticeKind))]


@router.get("/me/notices")
async def listed(viewer: Viewer, db: Db) -> Answer[NoticeListJson]:
    """The viewer's notices, the newest first, at most 200."""
    answer = await db.aread(lambda session: notices_json.notice_list(session, viewer.user))
    return Answer(answer, headers=NO_STORE)


@router.post("/me/notices/read", openapi_extra=SUBMITS)
async def mark_read(body: ReadRequest, viewer: Viewer, db: Db, now: Now) -> Answer[NoticeListJson]:
    """Mark notices as read; keys that the viewer has no notice of are passed over."""

    def work(session: Session) -> NoticeListJson:
        if body.keys is None:
            notices.mark_all_read(session, user=viewer.user, now=now)
        else:
            notices.mark_read(session, user=viewer.user, keys=body.keys, now=now)
        return notices_json.notice_list(session, viewer.user)

    return Answer(await db.awrite(work), headers=NO_STORE)


@router.get("/me/notices/kinds")
async def kinds(viewer: Viewer, db: Db) -> Answer[NoticeChoicesJson]:
    """Which kinds of notices the viewer may get, and which of them come by mail too."""
    answer = await db.aread(lambda session: notices_json.choices_of(session, viewer.user))
    return Answer(answer, headers=NO_STORE)


@router.put("/me/notices/kinds", openapi_extra=SUBMITS)
async def choose(body: ChoiceRequest, viewer: Viewer, db: Db) -> Answer[NoticeChoicesJson]:
    """Get these kinds by mail and no others; one that the viewer never gets is passed over."""

    def work(session: Session) -> NoticeChoicesJson:
        choices.choose(session, user=viewer.user, by_mail=body.by_mail)
        return notices_json.choices_of(session, viewer.user)

    return Answer(await db.awrite(work), headers=NO_STORE)
