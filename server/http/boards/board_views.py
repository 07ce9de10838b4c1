"""What a viewer sees of a board, for pages and API: which rows, in which order, with which moves of ranks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from server.database.database import Database
from server.domain.boards import moves, veil
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.order import Sort, ordered
from server.domain.boards.veil import Audience
from server.domain.competitions.access import Access
from server.domain.teams import staff as team_staff
from server.domain.texts.letters import name_key
from server.http import languages
from server.http.deps import Identity
from server.models import Competition, Right
from server.services.board_cache import BoardCache, Split, etag_of
from server.services.cached_board import CachedBoard
from server.services.past_ranks import Since

WORDS_MOST = 200


@dataclass(frozen=True)
class BoardView:
    """The rows to show, by words of a name, and their order."""

    words: str
    sort: Sort

    @property
    def is_whole(self) -> bool:
        """Whether this is the board as it stands: every row, by rank."""
        return not self.words and self.sort is Sort.RANK


@dataclass(frozen=True)
class ViewedBoard:
    """A board and what is shown of it. changes: ranks won by each team, empty where none moved."""

    board: CachedBoard
    rows: list[BoardRow]
    changes: Mapping[int, int | None]


async def view_of_query(
    q: Annotated[str, Query(max_length=WORDS_MOST)] = "", sort: Annotated[Sort, Query()] = Sort.RANK
) -> BoardView:
    """What the query asks for."""
    return BoardView(q.strip(), sort)


View = Annotated[BoardView, Depends(view_of_query)]


async def viewed(
    request: Request,
    access: Access,
    db: Database,
    *,
    split: Split,
    view: BoardView,
    now: datetime,
    team_id: int | None = None,
) -> ViewedBoard:
    """The board as this viewer asks for it; whoever calls has seen that they may see that split.

    team_id: of the viewer's team, whose own part is to be among the rows.
    """
    boards: BoardCache = request.app.state.boards
    board = await boards.board(access.competition.id, split, audience=access.audience)
    rows = veil.rows_for(board.seen, team_id)
    if view.words:
        team_ids = await _answering_to(access, db, rows, view.words)
        rows = [row for row in rows if row.team_id in team_ids]
    begin = moves.day_begins(now, zone=access.competition.reset_zone)
    before = await ranks_before(request, access.competition, board, split=split, since="day", then=begin)

    def count() -> dict[int, int | None]:
        return moves.changes(board.whole, before=before)

    changes = board.seen.once(("changes", begin), count) if split == "public" else count()
    hidden = {row.team_id for row in veil.unlisted_near(board.seen, team_id)}  # a move tells another rank
    return ViewedBoard(board, ordered(rows, view.sort), changes | dict.fromkeys(hidden & changes.keys(), 0))


def live(
    request: Request, viewer: Identity, access: Access, *, split: Split, board: CachedBoard
) -> dict[str, str]:
    """Where a script asks whether the board has changed, and what names the bytes that it would get now."""
    row, language = access.competition, languages.of_scripts(request, viewer)
    return {
        "url": f"/api/competitions/{row.slug}/leaderboard/{split}",
        "etag": etag_of((row.id, split, language, access.audience), board.revision),
    }


async def _answering_to(access: Access, db: Database, rows: list[BoardRow], words: str) -> set[int]:
    """The teams whose name holds these words; for staff those, too, of which a member answers to them."""
    key = name_key(words)
    team_ids = {row.team_id for row in rows if key in name_key(row.team)}
    if access.holds(Right.SEE_NAMES):
        by_person = await db.aread(
            lambda session: team_staff.listed(session, competition=access.competition, words=words)
        )
        team_ids |= {team.team_id for team in by_person}
    return team_ids


async def ranks_before(
    request: Request,
    competition: Competition,
    board: CachedBoard,
    *,
    split: Split,
    since: Since,
    then: datetime,
) -> Mapping[int, int]:
    """The public ranks to compare a board with: of now for the private one, of `then` for the public."""
    if split == "private":
        boards: BoardCache = request.app.state.boards
        public = await boards.board(competition.id, "public", audience=Audience.OPEN)
        return moves.ranks_of(public.whole)
    ranks: Mapping[int, int] = await request.app.state.past_ranks.at(
        competition.id, since, then, revision=board.revision
    )
    return ranks
