"""Teams over the API: my own, its invitations, and for staff all of them."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.domain.teams import staff as team_staff
from server.domain.teams.invitations import ANSWERS, Answer
from server.domain.teams.names import NewName
from server.domain.teams.staff import Move
from server.http.deps import Db, Now, StaffAccess, Viewer, ViewerAccess
from server.serializers import teams as shapes_teams
from server.serializers.values import Json

router = APIRouter()


class NameRequest(BaseModel):
    """What the team shall be called."""

    name: str


class InvitationRequest(BaseModel):
    """Whom to ask: a user name, a student number or an e-mail address."""

    student: str


class StaffNameRequest(BaseModel):
    """What staff call a team, and why."""

    name: str
    reason: str


class MoveRequest(BaseModel):
    """Whom staff move into whose team, or with None into one of their own, and why."""

    username: str
    to: str | None = None
    reason: str


@router.get("/competitions/{slug}/team")
async def mine(found: ViewerAccess, db: Db, now: Now) -> Json:
    """The viewer's team, with the invitations by it and to the viewer."""
    return await db.aread(lambda session: shapes_teams.team(session, found, now=now))


@router.put("/competitions/{slug}/team")
async def rename(wanted: NameRequest, found: ViewerAccess, who: Viewer, db: Db, now: Now) -> Json:
    """Give the viewer's team a name."""

    def work(session: Session) -> Json:
        teams.rename(session, competition=found.competition, name=wanted.name, by=who.actor, now=now)
        return shapes_teams.team(session, found, now=now)

    return await db.awrite(work)


@router.post("/competitions/{slug}/team/invitations")
async def invite(wanted: InvitationRequest, found: ViewerAccess, who: Viewer, db: Db, now: Now) -> Response:
    """Ask a fellow student into the viewer's team."""

    def work(session: Session) -> Json:
        invitations.invite(
            session, competition=found.competition, student=wanted.student, by=who.actor, now=now
        )
        return shapes_teams.team(session, found, now=now)

    location = f"/api/competitions/{found.competition.slug}/team"
    return JSONResponse(await db.awrite(work), status_code=201, headers={"Location": location})


@router.post("/competitions/{slug}/team/invitations/{invitation_id}/{answer}")
async def answer_invitation(
    invitation_id: int, answer: Answer, found: ViewerAccess, who: Viewer, db: Db, now: Now
) -> Json:
    """Accept or decline an invitation to the viewer, or withdraw one of the viewer's team."""

    def work(session: Session) -> Json:
        ANSWERS[answer](
            session, competition=found.competition, invitation_id=invitation_id, by=who.actor, now=now
        )
        return shapes_teams.team(session, found, now=now)

    return await db.awrite(work, private=True)


@router.post("/competitions/{slug}/team/leave")
async def leave(found: ViewerAccess, who: Viewer, db: Db, now: Now) -> Json:
    """Leave the viewer's team, while it has sent nothing."""

    def work(session: Session) -> Json:
        teams.leave(session, competition=found.competition, by=who.actor, now=now)
        return shapes_teams.team(session, found, now=now)

    return await db.awrite(work)


@router.get("/competitions/{slug}/teams")
async def listed(found: StaffAccess, db: Db, q: str = "") -> Json:
    """All teams with the people behind their names; `q` looks for a name, a user name or a number."""
    rows = await db.aread(lambda session: team_staff.listed(session, competition=found.competition, words=q))
    return {"teams": [shapes_teams.staff_team(row) for row in rows]}


@router.put("/competitions/{slug}/teams/{team_id}")
async def rename_by_staff(
    team_id: int, wanted: StaffNameRequest, found: StaffAccess, db: Db, now: Now
) -> Json:
    """Give a team another name, with a reason."""

    def work(session: Session) -> Json:
        new = NewName(team_id, wanted.name, wanted.reason)
        team_staff.rename(session, competition=found.competition, new=new, by=found.actor, now=now)
        return shapes_teams.staff_team(
            team_staff.one(session, competition=found.competition, team_id=team_id)
        )

    return await db.awrite(work)


@router.post("/competitions/{slug}/teams/moves")
async def move_member(wanted: MoveRequest, found: StaffAccess, db: Db, now: Now) -> Json:
    """Move a student into another's team, or into one of their own, with a reason."""

    def work(session: Session) -> Json:
        move = Move(wanted.username, wanted.to or "", wanted.reason)
        team_id = team_staff.move_member(
            session, competition=found.competition, move=move, by=found.actor, now=now
        )
        return shapes_teams.staff_team(
            team_staff.one(session, competition=found.competition, team_id=team_id)
        )

    return await db.awrite(work, private=True)
