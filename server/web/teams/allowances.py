"""Extensions and grants for staff: give one, see all, take one back."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.teams import allowances
from server.domain.teams.allowances import Extension, Grant
from server.http.deps import Db, Now
from server.serializers import teams as teams_json
from server.web.rendering import pages
from server.web.rendering.forms import Acting, from_local
from server.web.rendering.pages import GrantHere, ViewerHere

router = APIRouter()
Text = Annotated[str, Form(max_length=4000)]


@router.get("/competitions/{slug}/allowances")
async def listed(request: Request, access: GrantHere, viewer: ViewerHere, db: Db) -> Response:
    """The two forms, and every allowance ever given."""
    rows = await db.aread(lambda session: teams_json.allowances(session, access.competition))
    return pages.render(
        request,
        "teams/allowances.html",
        viewer,
        allowances=rows,
        deadline_of_all=iso(access.competition.deadline_at),
    )


@router.post("/competitions/{slug}/allowances/extension")
async def extend(
    access: GrantHere,
    viewer: Acting,
    db: Db,
    now: Now,
    to: Text,
    reason: Text,
    deadline: Text,
) -> Response:
    """Give a later deadline."""
    row = access.competition
    deadline_at = from_local(deadline, row.reset_zone)

    def work(session: Session) -> None:
        receiver = allowances.receiver_named(session, competition=row, name=to)
        extension = Extension(receiver, deadline_at, reason)
        allowances.extend_deadline(session, competition=row, extension=extension, by=access.actor, now=now)

    await db.awrite(work, private=True)
    return _back(access)


@router.post("/competitions/{slug}/allowances/grant")
async def grant(
    access: GrantHere,
    viewer: Acting,
    db: Db,
    now: Now,
    to: Text,
    reason: Text,
    slots: Annotated[int, Form()],
    day: Annotated[str, Form()] = "",
) -> Response:
    """Give extra slots, of one day or of each."""
    row, course_day = access.competition, _day(day)

    def work(session: Session) -> None:
        receiver = allowances.receiver_named(session, competition=row, name=to)
        grant = Grant(receiver, slots, course_day, reason)
        allowances.grant_slots(session, competition=row, grant=grant, by=access.actor, now=now)

    await db.awrite(work)
    return _back(access)


@router.post("/competitions/{slug}/allowances/{allowance_id}/revoke")
async def revoke(
    access: GrantHere,
    allowance_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Text,
) -> Response:
    """Take an allowance back."""
    await db.awrite(
        lambda session: allowances.revoke(
            session,
            competition=access.competition,
            allowance_id=allowance_id,
            reason=reason,
            by=access.actor,
            now=now,
        ),
        private=True,
    )
    return _back(access)


def _back(access: Access) -> Response:
    return RedirectResponse(f"/competitions/{access.competition.slug}/allowances", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(
            Message("'{text}' is no day; write one as 2026-03-13, or none for every day.", text=text)
        ) from None
