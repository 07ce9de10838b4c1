"""A board as a CSV file, for whoever may see the board."""

from fastapi import Request, Response

from server.domain.boards import export
from server.domain.competitions import access as competitions
from server.domain.teams import membership as teams
from server.http.answers import api_router, sends
from server.http.boards.board_views import View, viewed
from server.http.deps import NO_STORE, Db, Now, ViewerAccess
from server.services.board_cache import Split

router = api_router("boards")


@router.get("/competitions/{slug}/leaderboard/{split}/board.csv", responses=sends("text/csv"))
async def export_board(
    split: Split, request: Request, access: ViewerAccess, view: View, db: Db, now: Now
) -> Response:
    """The rows that the board's page shows under the same query, the viewer's own among them, in one file."""
    if split == "private":
        competitions.require_private_visible(access, now)
    team_id = await db.aread(
        lambda session: teams.team_id_of(
            session, competition_id=access.competition.id, user_id=access.user_id
        )
    )
    board = await viewed(request, access, db, split=split, view=view, now=now, team_id=team_id)
    data = export.to_csv(board.rows, changes=board.changes)
    headers = NO_STORE | {
        "Content-Disposition": f'attachment; filename="{access.competition.slug}-{split}-board.csv"'
    }
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)
