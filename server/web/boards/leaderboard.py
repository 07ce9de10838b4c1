"""The two boards as pages of a hundred rows, with the viewer's own row always in sight."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.boards.leaderboard import BoardRow
from server.domain.competitions import access as competitions
from server.domain.competitions import placeholders
from server.domain.competitions.access import Access
from server.domain.teams import membership as teams
from server.http.deps import Db, Now
from server.models import BoardSnapshot
from server.serializers import boards as boards_json
from server.serializers.values import Json
from server.services.board_cache import Split
from server.web.boards.rows import layout_of
from server.web.competitions.competition import split_sizes
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

PAGE_ROWS = 100
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
router = APIRouter()


@router.get("/competitions/{slug}/leaderboard")
async def public(
    request: Request, access: AccessHere, viewer: ViewerHere, db: Db, page: PageNumber = 1
) -> Response:
    """The public board."""
    values = await _board_values(request, access, db, split="public", page=page)
    return pages.render(request, "boards/leaderboard.html", viewer, **values)


@router.get("/competitions/{slug}/leaderboard/private")
async def private(
    request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now, page: PageNumber = 1
) -> Response:
    """The private board: for staff at all times, for students from the reveal on."""
    competitions.require_private_visible(access, now)
    values = await _board_values(request, access, db, split="private", page=page)
    return pages.render(request, "boards/leaderboard.html", viewer, **values)


async def _board_values(request: Request, access: Access, db: Db, *, split: Split, page: int) -> Json:
    rows = await request.app.state.boards.rows(access.competition.id, split)

    def look(session: Session) -> tuple[int | None, Json]:
        team = teams.team_of(session, competition_id=access.competition.id, user_id=access.user_id)
        snapshot = session.get(BoardSnapshot, access.competition.id)
        facts = split_sizes(session, access) | {
            "has_snapshot": snapshot is not None,
            "unselected": placeholders.unselected(access.competition),
        }
        return (None if team is None else team.id), facts

    team_id, sizes = await db.aread(look)
    shown = page_of(rows, team_id=team_id, page=page, decimals=sizes["decimals"])
    return sizes | {"split": split} | shown


def page_of(rows: list[BoardRow], *, team_id: int | None, page: int, decimals: int) -> Json:
    """One page of a board; `own` is the viewer's row when another page has it, with that page's number."""
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, last)
    place = next((index for index, row in enumerate(rows) if row.team_id == team_id), None)
    own_page = None if place is None else place // PAGE_ROWS + 1
    is_elsewhere = own_page is not None and own_page != page
    layout = layout_of(
        [{"rank": row.rank, "tied_with": row.tied_with, "score": row.score} for row in rows],
        decimals=decimals,
    )
    start = (page - 1) * PAGE_ROWS
    page_rows = [_row(row, team_id) for row in rows[start : start + PAGE_ROWS]]
    return {
        "board": layout.lay_out(page_rows, start=start),
        "own": layout.lay_out([_row(rows[place], team_id)], start=place)[0]
        if place is not None and is_elsewhere
        else None,
        "own_page": own_page,
        "page": page,
        "pages": last,
        "teams": sum(row.tier is None for row in rows),
    }


def _row(row: BoardRow, own: int | None) -> Json:
    return boards_json.board_row(row) | {"mine": row.team_id == own, "team_id": row.team_id}
