"""The two boards, as bytes that are made once for each revision."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request
from sqlalchemy.orm import Session

from grader.messages import Message, translated
from server.domain.boards import leaderboard, shake_up, snapshots, veil
from server.domain.boards.board_parts import BoardPart, BoardReader
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.teams import membership as teams
from server.http import etags
from server.http.answers import AS_KNOWN, Answer, Kept, Unchanged, api_router
from server.http.deps import Db, Now, ViewerAccess
from server.http.languages import of_request, templates_of
from server.serializers import boards as boards_json
from server.serializers.boards import DeadlineBoardJson, LeaderboardJson, OwnRowJson, ShakeUpJson
from server.services.board_cache import BoardCache, Split, etag_of, revision_named
from server.services.cached_board import CachedBoard, head_of, to_json

T = TypeVar("T")
PAGE_MOST = 2000
router = api_router("boards")


@router.get("/competitions/{slug}/leaderboard/{split}", responses=AS_KNOWN)
async def board(
    split: Split,
    request: Request,
    access: ViewerAccess,
    now: Now,
    after: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int | None, Query(ge=1, le=PAGE_MOST)] = None,
) -> Kept[LeaderboardJson] | Unchanged:
    """A whole board, which may lag, or a page of it; 304 when the client's copy is still right."""
    if after is None and limit is None:
        known = revision_named(request.headers.get("if-none-match"), access.competition.id, split)
        return whole(request, await visible_board(request, access, split, now, least=known))
    start, most = _start(after), limit or PAGE_MOST
    part = await visible_part(request, access, split, now, lambda board: board.page(start, most))
    page = _page(access, split, part, end=start + most)
    etag = etag_of((access.competition.id, split, of_request(request), access.audience), part.revision)
    return Kept(to_json(translated(page, templates_of(request))), head_of(etag))


@router.get("/competitions/{slug}/leaderboard/{split}/me")
async def my_row(split: Split, request: Request, access: ViewerAccess, now: Now) -> Answer[OwnRowJson]:
    """The viewer's own row, wherever it stands, the three standings before it, and the next tier."""

    def read(board: BoardReader) -> OwnRowJson:
        row = board.competition
        team_id = teams.team_id_of(board.session, competition_id=row.id, user_id=access.user_id)
        decimals = leaderboard.shown(board.session, row)
        return boards_json.own_row(board.own_part(team_id).rows, team_id, decimals=decimals)

    answer = await visible_part(request, access, split, now, read)
    return Answer(translated(answer, templates_of(request)))


@router.get("/competitions/{slug}/leaderboard/{split}/deadline")
async def at_deadline(split: Split, access: ViewerAccess, db: Db, now: Now) -> Answer[DeadlineBoardJson]:
    """The board as it stood at the deadline; 404 before."""
    if split == "private":
        competitions.require_private_visible(access, now)
    snapshot = await db.aread(
        lambda session: stored_board(session, access, split), private=split == "private"
    )
    return Answer(boards_json.deadline_board(snapshot))


def stored_board(session: Session, access: Access, split: Split) -> dict[str, Any]:
    """The board of the deadline: the rows that everybody of the viewer's audience reads, and their own."""
    snapshot = snapshots.of_deadline(session, competition=access.competition, split=split)
    rows = veil.stored_rows(
        session, snapshot["rows"], competition=access.competition, audience=access.audience
    )
    own = teams.team_id_of(session, competition_id=access.competition.id, user_id=access.user_id)
    return snapshot | {"rows": [row for row in rows if row["is_listed"] or row["team_id"] == own]}


@router.get("/competitions/{slug}/shake-up")
async def how_ranks_moved(access: ViewerAccess, db: Db, now: Now) -> Answer[ShakeUpJson]:
    """Every team's public and private rank, and what chance explains; for whoever may see private scores."""
    competitions.require_private_visible(access, now)

    def read(session: Session) -> ShakeUpJson:
        row = access.competition
        moved = shake_up.shake_up(session, competition=row)
        moves = veil.veiled_moves(session, moved, competition=row, audience=access.audience)
        return boards_json.shake_up(moved, moves, decimals=leaderboard.shown(session, row))

    return Answer(await db.aread(read, private=True))


async def visible_board(
    request: Request, access: Access, split: Split, now: Now, *, least: int | None = None
) -> CachedBoard:
    """The board, if the viewer may see that split now; raises PrivateHidden.

    least: the revision that is new enough, where the board may lag.
    """
    if split == "private":
        competitions.require_private_visible(access, now)
    boards: BoardCache = request.app.state.boards
    for_whom: Any = {"audience": access.audience, "language": of_request(request)}
    if least is None:
        return await boards.board(access.competition.id, split, **for_whom)
    return await boards.packed(access.competition.id, split, least=least, **for_whom)


async def visible_part(
    request: Request, access: Access, split: Split, now: Now, read: Callable[[BoardReader], T]
) -> T:
    """What `read` makes of the board, if the viewer may see that split now; raises PrivateHidden."""
    if split == "private":
        competitions.require_private_visible(access, now)
    boards: BoardCache = request.app.state.boards
    return await boards.part(access.competition.id, split, audience=access.audience, read=read)


def whole(request: Request, board: CachedBoard) -> Kept[LeaderboardJson] | Unchanged:
    """The board's kept bytes in the encoding the client accepts."""
    if etags.is_known(request.headers.get("if-none-match"), board.etag):
        return Unchanged(board.headers(None))
    body, encoding = board.encoded(request.headers.get("accept-encoding", ""))
    return Kept(body, board.headers(encoding))


def _page(access: Access, split: Split, part: BoardPart, *, end: int) -> LeaderboardJson:
    cursor = f"{part.revision}.{end}" if end < part.listed else None
    head = boards_json.board_head(access.competition, split=split, revision=part.revision, teams=part.teams)
    return {**head, "rows": boards_json.board_rows(part.rows), "next": cursor}


def _start(after: str | None) -> int:
    if after is None:
        return 0
    _, _, index = after.partition(".")
    if not index.isdecimal() or not index.isascii():
        raise Invalid(
            Message("There is no page after '{after}'. Pass on the `next` of the page before.", after=after)
        )
    return int(index)
