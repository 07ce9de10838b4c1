"""Announcements: the page that lists them all, where staff post, withdraw and look after their mails."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.domain.notices import announcements, outbox, posting
from server.domain.notices.announcements import NewAnnouncement
from server.http.deps import Config, Db, Now
from server.serializers import notices as shapes_notices
from server.serializers.values import Json
from server.settings import Settings
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import FoundHere, OnPage, StaffHere

REFUSALS_SHOWN = 20
router = APIRouter()


@router.get("/competitions/{slug}/announcements")
async def listed(request: Request, found: FoundHere, who: OnPage, config: Config, db: Db) -> Response:
    """All announcements, the newest first; for staff the form, and how the mails stand."""
    values = await db.aread(lambda session: _view(session, found, config))
    return pages.render(request, "announcements/list.html", who, **values)


def _view(session: Session, found: Access, config: Settings) -> Json:
    row = found.competition
    values: Json = {
        "announcements": shapes_notices.announcement_list(session, found),
        "title_most": announcements.TITLE_MOST,
        "body_most": announcements.BODY_MOST,
        "sends_mail": config.sends_mail,
        "receivers": 0,
        "refusals": [],
    }
    if found.role.is_staff:
        values["receivers"] = outbox.count_receivers(session, competition=row)
        refused = outbox.refusals_of(session, competition_id=row.id, most=REFUSALS_SHOWN)
        values["refusals"] = [asdict(each) for each in refused]
    return values


@router.post("/competitions/{slug}/announcements")
async def post(
    found: StaffHere,
    who: Acting,
    config: Config,
    db: Db,
    now: Now,
    title: Annotated[str, Form(max_length=1000)] = "",
    body_md: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Post one, and mail it where the installation sends mails."""
    new = NewAnnouncement(title, body_md)
    await db.awrite(
        lambda session: posting.announce(
            session, config, new, competition=found.competition, by=who.actor, now=now
        )
    )
    return _back(found)


@router.post("/competitions/{slug}/announcements/{announcement_id}/withdrawal")
async def withdraw(
    announcement_id: int,
    found: StaffHere,
    who: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Take one back."""
    await db.awrite(
        lambda session: posting.take_back(
            session,
            competition=found.competition,
            announcement_id=announcement_id,
            reason=reason,
            by=who.actor,
            now=now,
        )
    )
    return _back(found)


@router.post("/competitions/{slug}/announcements/refused-mails")
async def try_again(found: StaffHere, who: Acting, db: Db, now: Now) -> Response:
    """Make the refused mails due again."""
    await db.awrite(
        lambda session: outbox.try_again(session, competition=found.competition, by=who.actor, now=now)
    )
    return _back(found)


def _back(found: Access) -> Response:
    return RedirectResponse(f"/competitions/{found.competition.slug}/announcements", 303)
