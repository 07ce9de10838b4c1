"""A board for the lecture hall: the first twenty in large type, who rose of late, the time that is left.

It is made for a screen that everybody sees. So it shows nobody, staff included, more than everybody may see:
the public board until the reveal, and the private one from then on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from grader.messages import Message
from server.clock import iso
from server.database.database import EPOCH
from server.domain.boards import moves
from server.domain.boards.veil import audience_of
from server.domain.competitions import access as competitions
from server.http.boards.board_views import live, ranks_before
from server.http.deps import Db, Now
from server.models import Competition
from server.serializers import boards as boards_json
from server.serializers.values import Json
from server.services.board_cache import BoardCache, Split
from server.services.cached_board import CachedBoard
from server.web.boards.rows import layout_of_rows
from server.web.competitions.competition import split_sizes
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

TEAMS, CLIMBS = 20, 5
LATELY = timedelta(hours=1)
STEP = timedelta(minutes=5)  # the hour begins at a multiple of it, so that its ranks are read once for all
router = APIRouter()


@router.get("/competitions/{slug}/leaderboard/hall")
async def hall(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The board that is open to everybody, for a large screen."""
    row = access.competition
    split: Split = "private" if competitions.is_revealed(row, now) else "public"
    boards: BoardCache = request.app.state.boards
    board = await boards.board(row.id, split, audience=audience_of(access.course, sees_names=False))
    since = hour_begins(now)
    before = await ranks_before(request, row, board, split=split, since="hour", then=since)
    sizes = await db.aread(lambda session: split_sizes(session, access))
    values = _hall_values(board, before=before, decimals=sizes["decimals"]) | _event(row, now)
    local_since = since.astimezone(ZoneInfo(row.reset_zone)).strftime("%H:%M")
    return pages.render(
        request,
        "boards/hall.html",
        viewer,
        **values,
        split=split,
        since=local_since,
        live=live(request, viewer, access, split=split, board=board),
    )


def hour_begins(now: datetime) -> datetime:
    """An instant about an hour ago, the same for some minutes."""
    return EPOCH + (now - LATELY - EPOCH) // STEP * STEP


def _hall_values(board: CachedBoard, *, before: Mapping[int, int], decimals: int) -> Json:
    """The first teams and every threshold in two columns, and the teams that rose most."""
    rows = board.rows
    places = [place for place, row in enumerate(rows) if row.tier is not None or (row.rank or 0) <= TEAMS]
    layout = layout_of_rows(rows, decimals=decimals)
    shown = layout.lay_out([dict(boards_json.board_row(rows[place])) for place in places], places=places)
    changes = moves.changes(board.whole, before=before)
    risen = [(changes.get(row.team_id) or 0, row) for row in rows]
    climbs = sorted((each for each in risen if each[0] > 0), key=lambda each: -each[0])[:CLIMBS]
    half = -(-len(shown) // 2)
    return {
        "halves": [shown[:half], shown[half:]],
        "climbs": [{"change": change, "team": row.team, "rank": row.rank} for change, row in climbs],
        "teams": board.head["teams"],
    }


def _event(row: Competition, now: datetime) -> Json:
    """What everybody waits for next, whatever extension the viewer may have; None after the reveal."""
    for word, instant in (
        (Message("Deadline"), row.deadline_at),
        (Message("Private board opens"), row.reveal_at),
    ):
        if now < instant:
            return {"event": {"what": word, "at": iso(instant)}}
    return {"event": None}
