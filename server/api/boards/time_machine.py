"""A board as it was at an instant; apart from the boards' own route, whose bytes are kept."""

from typing import Annotated

from fastapi import Query, Request

from server.clock import iso
from server.domain.boards import time_machine, veil
from server.domain.competitions import access as competitions
from server.domain.teams import membership as teams
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, ViewerAccess
from server.serializers import boards as boards_json
from server.serializers.boards import PastLeaderboardJson
from server.services.board_cache import BoardCache, Split

router = api_router("boards")


@router.get("/competitions/{slug}/leaderboard/{split}/at")
async def board_at(
    split: Split,
    request: Request,
    access: ViewerAccess,
    db: Db,
    now: Now,
    time: Annotated[str | None, Query(max_length=40)] = None,
) -> Answer[PastLeaderboardJson]:
    """The board as of `time`, by default now, with the viewer's own part of it.

    Private for those who may see private scores now.
    """
    if split == "private":
        competitions.require_private_visible(access, now)
    row = access.competition
    then = time_machine.instant(time, zone=row.reset_zone, now=now)
    boards: BoardCache = request.app.state.boards
    rows = await boards.past(row, split, then, audience=access.audience)
    team_id = await db.aread(
        lambda session: teams.team_id_of(session, competition_id=row.id, user_id=access.user_id)
    )
    past: PastLeaderboardJson = {
        "competition": row.slug,
        "split": split,
        "at": iso(then),
        "metric": row.metric,
        "higher_is_better": row.higher_is_better,
        "teams": sum(each.tier is None for each in rows.whole),
        "rows": boards_json.board_rows(veil.rows_for(rows, team_id)),
    }
    return Answer(past)
