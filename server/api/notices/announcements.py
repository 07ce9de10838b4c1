"""Announcements of a competition: everybody reads them, staff post and withdraw."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.notices import mail_counts, posting
from server.domain.notices.announcements import NewAnnouncement
from server.http.answers import Answer, Created, api_router
from server.http.deps import Config, Db, Now, StaffAccess, ViewerAccess
from server.serializers import notices as notices_json
from server.serializers.notices import AnnouncementJson, AnnouncementListJson, RetriedMailsJson

router = api_router("announcements")


class AnnouncementRequest(BaseModel):
    """What to post: a title in plain text, a text in Markdown."""

    title: Annotated[str, Field(max_length=1000)]
    body_md: Annotated[str, Field(max_length=100_000)]


class WithdrawalRequest(BaseModel):
    """Why an announcement is taken back."""

    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/announcements")
async def listed(access: ViewerAccess, db: Db) -> Answer[AnnouncementListJson]:
    """All announcements, the newest first; the withdrawn ones without their text."""
    rows = await db.aread(lambda session: notices_json.announcement_list(session, access))
    return Answer({"announcements": rows})


@router.post("/competitions/{slug}/announcements")
async def post(
    body: AnnouncementRequest, access: StaffAccess, config: Config, db: Db, now: Now
) -> Created[AnnouncementJson]:
    """Post one, and mail it where the installation sends mails."""

    def work(session: Session) -> AnnouncementJson:
        new = NewAnnouncement(body.title, body.body_md)
        announced = posting.announce(
            session, config, new, competition=access.competition, by=access.actor, now=now
        )
        listing = notices_json.announcement_list(session, access)
        return next(each for each in listing if each["id"] == announced.row.id)

    return Created(await db.awrite(work), at=f"/api/competitions/{access.competition.slug}/announcements")


@router.post("/competitions/{slug}/announcements/{announcement_id}/withdrawal")
async def withdraw(
    announcement_id: int, body: WithdrawalRequest, access: StaffAccess, db: Db, now: Now
) -> Answer[AnnouncementJson]:
    """Take one back; mails that have not gone out are dropped."""

    def work(session: Session) -> AnnouncementJson:
        posting.take_back(
            session,
            competition=access.competition,
            announcement_id=announcement_id,
            reason=body.reason,
            by=access.actor,
            now=now,
        )
        listing = notices_json.announcement_list(session, access)
        return next(each for each in listing if each["id"] == announcement_id)

    return Answer(await db.awrite(work))


@router.post("/competitions/{slug}/announcements/refused-mails")
async def try_again(access: StaffAccess, db: Db, now: Now) -> Answer[RetriedMailsJson]:
    """Make the refused mails due again; how many those are."""
    count = await db.awrite(
        lambda session: mail_counts.try_again(
            session, competition=access.competition, by=access.actor, now=now
        )
    )
    return Answer({"mails": count})
