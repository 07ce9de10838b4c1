"""Teams as staff see them: the people behind a name, another name, a member moved."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.audit.reasons import REASON_MOST
from server.domain.boards import leaderboard
from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.members.directory import Groups, groups_of
from server.domain.teams import directory
from server.domain.teams import names as team_names
from server.domain.teams import staff as team_staff
from server.domain.teams.directory import ListedTeam, TeamFilter, TeamSort
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


class TeamQuery(BaseModel):
    """What the page's search form and the heads of its columns ask."""

    q: Annotated[str, Field(max_length=NAME_MOST)] = ""
    section: Annotated[str, Field(max_length=NAME_MOST)] = ""
    department: Annotated[str, Field(max_length=NAME_MOST)] = ""
    sort: TeamSort = TeamSort.TEAM
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    @property
    def filters(self) -> TeamFilter:
        """The question that the fields ask."""
        return TeamFilter(self.q, self.section, self.department, self.sort)

    def address(self, **other: str) -> str:
        """The same as a part of an address, without what is so by default and without the page."""
        fields = {
            "q": self.q,
            "section": self.section,
            "department": self.department,
            "sort": self.sort.value,
        }
        fields |= other
        return urlencode({name: text for name, text in fields.items() if text not in ("", TeamSort.TEAM)})


def _columns(query: TeamQuery) -> Json:
    """The head of each column by which the teams can stand: its order now, and the address of the other."""
    columns: Json = {}
    for name in ("team", "score", "files"):
        usual, turned = TeamSort(name), TeamSort(f"-{name}")
        order = {usual: "ascending", turned: "descending"}.get(query.sort, "")
        columns[name] = {
            "order": order,
            "query": query.address(sort=turned if query.sort is usual else usual),
        }
    return columns


@router.get("/competitions/{slug}/teams")
async def listed(
    request: Request,
    access: NamesHere,
    viewer: ViewerHere,
    db: Db,
    query: Annotated[TeamQuery, Query()],
) -> Response:
    """A page of the teams that pass the filters, with their members' names and student numbers."""

    def read(session: Session) -> tuple[Sequence[ListedTeam], Groups, int]:
        rows = directory.listed(session, competition=access.competition, filters=query.filters)
        groups = groups_of(session, course=access.course)
        return rows, groups, leaderboard.shown(session, access.competition)

    rows, groups, decimals = await db.aread(read)
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(query.page, last)
    page_rows = rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    values: Json = {
        "teams": [{**teams_json.staff_team(row.team), "score": row.score} for row in page_rows],
        "wanted": query,
        "is_filtered": query.address(sort="") != "",
        "query": query.address(),
        "columns": _columns(query),
        "sections": groups.sections,
        "departments": groups.departments,
        "decimals": decimals,
        "count": len(rows),
        "people": sum(len(row.team.members) for row in rows),
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
