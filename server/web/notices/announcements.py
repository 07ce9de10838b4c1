"""Announcements: the page that lists them all, where staff post, withdraw and look after their mails."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from grader.parted_text import parted
from server.domain.competitions.access import Access
from server.domain.notices import announcements, mail_counts, outbox, posting
from server.domain.notices.announcements import NewAnnouncement
from server.http.deps import Config, Db, Now
from server.models import Right
from server.serializers import notices as notices_json
from server.serializers.values import Json
from server.settings import Settings
from server.web.rendering import pages, redraw
from server.web.rendering.forms import Acting, wants_preview
from server.web.rendering.pages import AccessHere, StaffHere, ViewerHere
from server.web.rendering.prose import preview, prose

REFUSALS_SHOWN = 20
router = APIRouter()


@router.get("/competitions/{slug}/announcements")
async def listed(
    request: Request, access: AccessHere, viewer: ViewerHere, config: Config, db: Db
) -> Response:
    """All announcements, the newest first; for staff the form, and how the mails stand."""
    values = await db.aread(lambda session: _notice_values(session, access, config))
    return pages.render(request, "notices/announcements.html", viewer, **values)


def _preview(body_md: str, slug: str) -> Markup:
    parts = parted(body_md.replace("\r\n", "\n"))
    shown = [prose(part, slug=slug, level=3) for part in parts.values()]
    return preview(*shown, languages=list(parts))


def _notice_values(session: Session, access: Access, config: Settings) -> Json:
    row = access.competition
    values: Json = {
        "announcements": notices_json.announcement_list(session, access),
        "title_most": announcements.TITLE_MOST,
        "body_most": announcements.BODY_MOST,
        "sends_mail": config.sends_mail,
        "receivers": 0,
        "refusals": [],
    }
    if access.role.is_staff:
        values["receivers"] = outbox.count_receivers(session, competition=row)
    if access.holds(Right.SEE_NAMES):
        refusals = mail_counts.refusals_of(session, competition_id=row.id, most=REFUSALS_SHOWN)
        values["refusals"] = [asdict(each) for each in refusals]
    return values


@router.post("/competitions/{slug}/announcements")
async def post(
    request: Request,
    access: StaffHere,
    viewer: Acting,
    config: Config,
    db: Db,
    now: Now,
    title: Annotated[str, Form(max_length=1000)] = "",
    body_md: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Post one, and mail it where the installation sends mails; or show it first."""
    if wants_preview(request):
        return await redraw.previewed(request, "body_md", _preview(body_md, access.competition.slug))
    new = NewAnnouncement(title, body_md)
    await db.awrite(
        lambda session: posting.announce(
            session, config, new, competition=access.competition, by=viewer.actor, now=now
        )
    )
    return _back(access)


@router.post("/competitions/{slug}/announcements/{announcement_id}/withdrawal")
async def withdraw(
    announcement_id: int,
    access: StaffHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Take one back."""
    await db.awrite(
        lambda session: posting.take_back(
            session,
            competition=access.competition,
            announcement_id=announcement_id,
            reason=reason,
            by=viewer.actor,
            now=now,
        )
    )
    return _back(access)


@router.post("/competitions/{slug}/announcements/refused-mails")
async def try_again(access: StaffHere, viewer: Acting, db: Db, now: Now) -> Response:
    """Make the refused mails due again."""
    await db.awrite(
        lambda session: mail_counts.try_again(
            session, competition=access.competition, by=viewer.actor, now=now
        )
    )
    return _back(access)


def _back(access: Access) -> Response:
    return RedirectResponse(f"/competitions/{access.competition.slug}/announcements", 303)
