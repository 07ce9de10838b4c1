"""Announcements of a competition: everybody reads them, staff post and withdraw."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.notices import outbox, posting
from server.domain.notices.announcements import NewAnnouncement
from server.http.deps import Config, Db, Now, StaffAccess, ViewerAccess
from server.serializers import notices as shapes_notices
from server.serializers.values import Json

router = APIRouter()


class Draft(BaseModel):
    """What to post: a title in plain text, a text in Markdown."""

    title: Annotated[str, Field(max_length=1000)]
    body_md: Annotated[str, Field(max_length=100_000)]


class Withdrawal(BaseModel):
    """Why an announcement is taken back."""

    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/announcements")
async def listed(found: ViewerAccess, db: Db) -> Json:
    """All announcements, the newest first; the withdrawn ones without their text."""
    return {"announcements": await db.aread(lambda session: shapes_notices.announcement_list(session, found))}


@router.post("/competitions/{slug}/announcements")
async def post(draft: Draft, found: StaffAccess, config: Config, db: Db, now: Now) -> Response:
    """Post one, and mail it where the installation sends mails."""

    def work(session: Session) -> Json:
        new = NewAnnouncement(draft.title, draft.body_md)
        announced = posting.announce(
            session, config, new, competition=found.competition, by=found.actor, now=now
        )
        listing = shapes_notices.announcement_list(session, found)
        return next(each for each in listing if each["id"] == announced.row.id)

    made = await db.awrite(work)
    where = f"/api/competitions/{found.competition.slug}/announcements"
    return JSONResponse(made, status_code=201, headers={"Location": where})


@router.post("/competitions/{slug}/announcements/{announcement_id}/withdrawal")
async def withdraw(announcement_id: int, wanted: Withdrawal, found: StaffAccess, db: Db, now: Now) -> Json:
    """Take one back; mails that have not gone out are dropped."""

    def work(session: Session) -> Json:
        posting.take_back(
            session,
            competition=found.competition,
            announcement_id=announcement_id,
            reason=wanted.reason,
            by=found.actor,
            now=now,
        )
        listing = shapes_notices.announcement_list(session, found)
        return next(each for each in listing if each["id"] == announcement_id)

    return await db.awrite(work)


@router.post("/competitions/{slug}/announcements/refused-mails")
async def try_again(found: StaffAccess, db: Db, now: Now) -> Json:
    """Make the refused mails due again; how many those are."""
    count = await db.awrite(
        lambda session: outbox.try_again(session, competition=found.competition, by=found.actor, now=now)
    )
    return {"mails": count}
