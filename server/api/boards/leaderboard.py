"""The two boards, as bytes that are made once for each revision."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.boards import leaderboard, shake_up, snapshots
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.teams import membership as teams
from server.http.deps import Db, Now, ViewerAccess
from server.serializers import boards as shapes_boards
from server.serializers.values import Json
from server.services.board_cache import CachedBoard, Split, to_json

PAGE_MOST = 2000
router = APIRouter()


@router.get("/competitions/{slug}/leaderboard/{split}")
async def board(
    split: Split,
    request: Request,
    found: ViewerAccess,
    now: Now,
    after: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int | None, Query(ge=1, le=PAGE_MOST)] = None,
) -> Response:
    """A whole board, or a page of it; 304 when the client's copy is still right."""
    made = await visible_board(request, found, split, now)
    if after is None and limit is None:
        return whole(request, made)
    page = _page(made, after, limit or PAGE_MOST)
    return _with_head(Response(to_json(page)), made, None)


@router.get("/competitions/{slug}/leaderboard/{split}/me")
async def my_row(split: Split, request: Request, found: ViewerAccess, db: Db, now: Now) -> Response:
    """The viewer's own row, wherever it stands."""
    made = await visible_board(request, found, split, now)
    team = await db.aread(
        lambda session: teams.team_of(session, competition_id=found.competition.id, user_id=found.user_id)
    )
    own = next((row for row in made.rows if team is not None and row.team_id == team.id), None)
    return JSONResponse({"row": None if own is None else shapes_boards.board_row(own)})


@router.get("/competitions/{slug}/leaderboard/{split}/deadline")
async def at_deadline(split: Split, found: ViewerAccess, db: Db, now: Now) -> Json:
    """The board as it stood at the deadline."""
    if split == "private":
        competitions.require_private_visible(found, now)
    kept = await db.aread(
        lambda session: snapshots.of_deadline(session, competition=found.competition, split=split),
        private=split == "private",
    )
    rows = [{name: value for name, value in row.items() if name != "team_id"} for row in kept["rows"]]
    return {"as_of": iso(kept["as_of"]), "taken_at": iso(kept["taken_at"]), "rows": rows}


@router.get("/competitions/{slug}/shake-up")
async def how_ranks_moved(found: ViewerAccess, db: Db, now: Now) -> Json:
    """Every team's public and private rank, and what chance explains; for whoever may see private scores."""
    competitions.require_private_visible(found, now)

    def look(session: Session) -> Json:
        told = shake_up.shake_up(session, competition=found.competition)
        return shapes_boards.shake_up(told, decimals=leaderboard.shown(session, found.competition))

    return await db.aread(look, private=True)


async def visible_board(request: Request, found: Access, split: Split, now: Now) -> CachedBoard:
    """The board, if the viewer may see that split now; raises PrivateHidden."""
    if split == "private":
        competitions.require_private_visible(found, now)
    made: CachedBoard = await request.app.state.boards.board(found.competition.id, split)
    return made


def whole(request: Request, made: CachedBoard) -> Response:
    """The board's kept bytes in the encoding the client accepts."""
    if request.headers.get("if-none-match") == made.etag:
        return _with_head(Response(status_code=304), made, None)
    body, encoding = made.encoded(request.headers.get("accept-encoding", ""))
    return _with_head(Response(body), made, encoding)


def _with_head(answer: Response, made: CachedBoard, encoding: str | None) -> Response:
    answer.raw_headers.extend(made.headers(encoding))
    return answer


def _page(made: CachedBoard, after: str | None, limit: int) -> Json:
    start = _start(made, after)
    rows = made.rows[start : start + limit]
    more = start + limit < len(made.rows)
    cursor = f"{made.revision}.{start + limit}" if more else None
    return made.head | {"rows": [shapes_boards.board_row(row) for row in rows], "next": cursor}


def _start(made: CachedBoard, after: str | None) -> int:
    if after is None:
        return 0
    _, _, index = after.partition(".")
    if not index.isdecimal() or not index.isascii():
        raise Invalid(f"There is no page after '{after}'. Pass on the `next` of the page before.")
    return int(index)
