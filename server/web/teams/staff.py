"""Teams as staff see them: the people behind a name, another name, a member moved."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.domain.audit.reasons import REASON_MOST
from server.domain.teams import names as team_names
from server.domain.teams import staff as team_staff
from server.domain.teams.names import NewName
from server.domain.teams.staff import MemberMove
from server.http.deps import Db, Now
from server.serializers import teams as teams_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import NamesHere, ViewerHere

PAGE_ROWS = 100
router = APIRouter()


@router.get("/competitions/{slug}/teams")
async def listed(
    request: Request,
    access: NamesHere,
    viewer: ViewerHere,
    db: Db,
    q: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """A page of the teams with their members' names and student numbers, or those that answer to `q`."""
    rows = await db.aread(lambda session: team_staff.listed(session, competition=access.competition, words=q))
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, last)
    page_rows = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    values: Json = {
        "teams": [teams_json.staff_team(row) for row in page_rows],
        "wanted": q,
        "count": len(rows),
        "people": sum(len(row.members) for row in rows),
        "page": page,
        "pages": last,
        "team_size": access.competition.team_size,
    }
    return pages.render(request, "teams/list.html", viewer, **values)


@router.get("/competitions/{slug}/teams/{team_id}")
async def one(request: Request, team_id: int, access: NamesHere, viewer: ViewerHere, db: Db) -> Response:
    """One team, and what staff may do to it."""
    row = await db.aread(
        lambda session: team_staff.one(session, competition=access.competition, team_id=team_id)
    )
    values: Json = {
        "team": teams_json.staff_team(row),
        "name_most": team_names.NAME_MOST,
        "reason_most": REASON_MOST,
        "team_size": access.competition.team_size,
    }
    return pages.render(request, "teams/show.html", viewer, **values)


@router.post("/competitions/{slug}/teams/{team_id}")
async def rename(
    team_id: int,
    access: NamesHere,
    viewer: Acting,
    db: Db,
    now: Now,
    name: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Give the team another name, with a reason."""
    new = NewName(team_id, name, reason)
    await db.awrite(
        lambda session: team_staff.rename(
            session, competition=access.competition, new=new, by=access.actor, now=now
        )
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/teams/{team_id}", 303)


@router.post("/competitions/{slug}/teams/moves/new")
async def move_member(
    access: NamesHere,
    viewer: Acting,
    db: Db,
    now: Now,
    username: Annotated[str, Form()] = "",
    beside: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Move a student into another's team, or into one of their own, with a reason."""
    move = MemberMove(username, beside, reason)
    team_id = await db.awrite(
        lambda session: team_staff.move_member(
            session, competition=access.competition, move=move, by=access.actor, now=now
        ),
        private=True,
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/teams/{team_id}", 303)
