"""The time machine as a page: the public board of any minute.

The private one stands beside it for those who may see it.
"""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.boards import time_machine
from server.domain.competitions.access import Access
from server.domain.teams import membership as teams
from server.http.deps import Db, Now
from server.serializers.values import Json
from server.services.board_cache import BoardCache, Split
from server.web.boards.leaderboard import PageNumber, page_of
from server.web.competitions.competition import split_sizes
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

STEPS = {
    Message("a day earlier"): -timedelta(days=1),
    Message("an hour earlier"): -timedelta(hours=1),
    Message("an hour later"): timedelta(hours=1),
    Message("a day later"): timedelta(days=1),
}
router = APIRouter()


@router.get("/competitions/{slug}/leaderboard/at")
async def board_at(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    time: Annotated[str | None, Query(max_length=40)] = None,
    page: PageNumber = 1,
) -> Response:
    """The boards as of `time`, which is local to the competition's zone, by default now."""
    then = time_machine.instant(time, zone=access.competition.reset_zone, now=now)
    splits: list[Split] = ["public", "private"] if access.sees_private(now) else ["public"]
    boards_then: BoardCache = request.app.state.boards
    rows = {
        split: (await boards_then.board(access.competition.id, split, audience=access.audience)).seen
        if then >= now
        else await boards_then.past(access.competition, split, then, audience=access.audience)
        for split in splits
    }

    def look(session: Session) -> tuple[int | None, Json]:
        team = teams.team_of(session, competition_id=access.competition.id, user_id=access.user_id)
        return (None if team is None else team.id), split_sizes(session, access)

    team_id, values = await db.aread(look)
    boards = {
        split: page_of(rows[split], team_id=team_id, page=page, decimals=values["decimals"])
        for split in splits
    }
    values |= {"boards": boards, "pages": max(board["pages"] for board in boards.values())}
    values["page"] = min(page, values["pages"])
    return pages.render(request, "boards/time_machine.html", viewer, **values, **_times(access, then, now))


def _times(access: Access, then: datetime, now: datetime) -> Json:
    """The instant that is shown, how the form and the links write it, and where else one may want to go."""
    row = access.competition
    zone = ZoneInfo(row.reset_zone)
    marks = {Message("the opening"): row.opens_at, Message("the deadline"): row.deadline_at}
    stops = {word: then + step for word, step in STEPS.items()} | marks

    def local(instant: datetime) -> str:
        return instant.astimezone(zone).strftime("%Y-%m-%dT%H:%M")

    return {
        "then": iso(then),
        "is_now": then == now,
        "time": local(then),
        "earliest": local(row.opens_at),
        "latest": local(now),
        "query": urlencode({"time": local(then)}),
        "stops": [
            {"word": word, "query": urlencode({"time": local(stop)})}
            for word, stop in stops.items()
            if row.opens_at <= stop <= now
        ],
    }
