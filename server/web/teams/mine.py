"""My team: its name and members, whom it has asked, and who asks me."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.domain.teams import names as team_names
from server.domain.teams.invitations import ANSWERS, InvitationAnswer
from server.http.deps import Db, Now
from server.serializers import teams as teams_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/team")
async def mine(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The viewer's team; staff, who have none, are sent to the list of all."""
    if access.role.is_staff:
        return RedirectResponse(f"{_base(access)}/teams", 303)
    values = await db.aread(lambda session: _team_values(session, access, now))
    return pages.render(request, "teams/mine.html", viewer, **values)


def _team_values(session: Session, access: Access, now: Now) -> Json:
    team_id = teams.team_id_of(session, competition_id=access.competition.id, user_id=access.user_id)
    refusal = teams.refusal_to_leave(session, team_id=team_id or 0)
    return {
        "team": teams_json.team(session, access, now=now),
        "refusal_to_leave": None if refusal is None else refusal.message,
        "name_most": team_names.NAME_MOST,
        "merges_ended": now >= teams.merges_end(access.competition),
        "final_selections": access.competition.final_selections,
    }


@router.post("/competitions/{slug}/team")
async def rename(
    access: AccessHere,
    viewer: Acting,
    db: Db,
    now: Now,
    name: Annotated[str, Form()] = "",
) -> Response:
    """Give the viewer's team a name."""
    await db.awrite(
        lambda session: teams.rename(
            session, competition=access.competition, name=name, by=viewer.actor, now=now
        )
    )
    return RedirectResponse(f"{_base(access)}/team", 303)


@router.post("/competitions/{slug}/team/invitations")
async def invite(
    access: AccessHere,
    viewer: Acting,
    db: Db,
    now: Now,
    student: Annotated[str, Form()] = "",
) -> Response:
    """Ask a fellow student into the viewer's team."""
    await db.awrite(lambda session: invitations.count_search(session, by=viewer.actor, now=now))
    await db.awrite(
        lambda session: invitations.invite(
            session, competition=access.competition, student=student, by=viewer.actor, now=now
        )
    )
    return RedirectResponse(f"{_base(access)}/team", 303)


@router.post("/competitions/{slug}/team/invitations/{invitation_id}/{answer}")
async def answer_invitation(
    invitation_id: int,
    answer: InvitationAnswer,
    access: AccessHere,
    viewer: Acting,
    db: Db,
    now: Now,
) -> Response:
    """Accept or decline an invitation to the viewer, or withdraw one of the viewer's team."""
    await db.awrite(
        lambda session: ANSWERS[answer](
            session, competition=access.competition, invitation_id=invitation_id, by=viewer.actor, now=now
        ),
        private=True,
    )
    return RedirectResponse(f"{_base(access)}/team", 303)


@router.post("/competitions/{slug}/team/leave")
async def leave(access: AccessHere, viewer: Acting, db: Db, now: Now) -> Response:
    """Leave the viewer's team, while it has sent nothing."""
    await db.awrite(
        lambda session: teams.leave(session, competition=access.competition, by=viewer.actor, now=now)
    )
    return RedirectResponse(f"{_base(access)}/team", 303)


def _base(access: Access) -> str:
    return f"/competitions/{access.competition.slug}"
