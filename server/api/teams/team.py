"""Teams over the API: my own, its invitations, and for staff all of them."""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.teams import invitations
from server.domain.teams import membership as teams
from server.domain.teams import staff as team_staff
from server.domain.teams.invitations import ANSWERS, InvitationAnswer
from server.domain.teams.names import NewName
from server.domain.teams.staff import MemberMove
from server.http.answers import Answer, Created, api_router, refuses
from server.http.deps import Db, NamesAccess, Now, Viewer, ViewerAccess
from server.http.scopes import SUBMITS
from server.serializers import teams as teams_json
from server.serializers.teams import StaffTeamJson, StaffTeamListJson, TeamJson

router = api_router("teams")


class TeamNameRequest(BaseModel):
    """What the team shall be called."""

    name: str


class InvitationRequest(BaseModel):
    """Whom to ask: a user name, a student number or an e-mail address."""

    student: str


class StaffTeamNameRequest(BaseModel):
    """What staff call a team, and why."""

    name: str
    reason: str


class MoveRequest(BaseModel):
    """Whom staff move into whose team, or with None into one of their own, and why."""

    username: str
    to: str | None = None
    reason: str


@router.get("/competitions/{slug}/team")
async def mine(access: ViewerAccess, db: Db, now: Now) -> Answer[TeamJson]:
    """The viewer's team, with the invitations by it and to the viewer."""
    return Answer(await db.aread(lambda session: teams_json.team(session, access, now=now)))


@router.put("/competitions/{slug}/team", openapi_extra=SUBMITS)
async def rename(
    body: TeamNameRequest, access: ViewerAccess, viewer: Viewer, db: Db, now: Now
) -> Answer[TeamJson]:
    """Give the viewer's team a name."""

    def work(session: Session) -> TeamJson:
        teams.rename(session, competition=access.competition, name=body.name, by=viewer.actor, now=now)
        return teams_json.team(session, access, now=now)

    return Answer(await db.awrite(work))


@router.post("/competitions/{slug}/team/invitations", responses=refuses(429), openapi_extra=SUBMITS)
async def invite(
    body: InvitationRequest, access: ViewerAccess, viewer: Viewer, db: Db, now: Now
) -> Created[TeamJson]:
    """Ask a fellow student into the viewer's team."""

    def work(session: Session) -> TeamJson:
        invitations.invite(
            session, competition=access.competition, student=body.student, by=viewer.actor, now=now
        )
        return teams_json.team(session, access, now=now)

    await db.awrite(lambda session: invitations.count_search(session, by=viewer.actor, now=now))
    return Created(await db.awrite(work), at=f"/api/competitions/{access.competition.slug}/team")


@router.post("/competitions/{slug}/team/invitations/{invitation_id}/{answer}", openapi_extra=SUBMITS)
async def answer_invitation(
    invitation_id: int, answer: InvitationAnswer, access: ViewerAccess, viewer: Viewer, db: Db, now: Now
) -> Answer[TeamJson]:
    """Accept or decline an invitation to the viewer, or withdraw one of the viewer's team."""

    def work(session: Session) -> TeamJson:
        ANSWERS[answer](
            session, competition=access.competition, invitation_id=invitation_id, by=viewer.actor, now=now
        )
        return teams_json.team(session, access, now=now)

    return Answer(await db.awrite(work, private=True))


@router.post("/competitions/{slug}/team/leave", openapi_extra=SUBMITS)
async def leave(access: ViewerAccess, viewer: Viewer, db: Db, now: Now) -> Answer[TeamJson]:
    """Leave the viewer's team, while it has sent nothing."""

    def work(session: Session) -> TeamJson:
        teams.leave(session, competition=access.competition, by=viewer.actor, now=now)
        return teams_json.team(session, access, now=now)

    return Answer(await db.awrite(work))


@router.get("/competitions/{slug}/teams")
async def listed(access: NamesAccess, db: Db, q: str = "") -> Answer[StaffTeamListJson]:
    """All teams with the people behind their names; `q` looks for a name, a user name or a number."""
    rows = await db.aread(lambda session: team_staff.listed(session, competition=access.competition, words=q))
    return Answer({"teams": [teams_json.staff_team(row) for row in rows]})


@router.put("/competitions/{slug}/teams/{team_id}")
async def rename_by_staff(
    team_id: int, body: StaffTeamNameRequest, access: NamesAccess, db: Db, now: Now
) -> Answer[StaffTeamJson]:
    """Give a team another name, with a reason."""

    def work(session: Session) -> StaffTeamJson:
        new = NewName(team_id, body.name, body.reason)
        team_staff.rename(session, competition=access.competition, new=new, by=access.actor, now=now)
        return teams_json.staff_team(team_staff.one(session, competition=access.competition, team_id=team_id))

    return Answer(await db.awrite(work))


@router.post("/competitions/{slug}/teams/moves")
async def move_member(body: MoveRequest, access: NamesAccess, db: Db, now: Now) -> Answer[StaffTeamJson]:
    """Move a student into another's team, or into one of their own, with a reason."""

    def work(session: Session) -> StaffTeamJson:
        move = MemberMove(body.username, body.to or "", body.reason)
        team_id = team_staff.move_member(
            session, competition=access.competition, move=move, by=access.actor, now=now
        )
        return teams_json.staff_team(team_staff.one(session, competition=access.competition, team_id=team_id))

    return Answer(await db.awrite(work, private=True))
