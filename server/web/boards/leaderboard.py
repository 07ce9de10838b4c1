"""The two boards as pages of a hundred rows, with the viewer's own row always in sight."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.boards import veil
from server.domain.boards.leaderboard import BoardRow
from server.domain.boards.order import Sort
from server.domain.boards.tier_ahead import tier_ahead
from server.domain.boards.veil import Audience, SeenRows
from server.domain.competitions import access as competitions
from server.domain.competitions import placeholders
from server.domain.competitions.access import Access
from server.domain.teams import membership as teams
from server.http import languages
from server.http.boards.board_views import BoardView, View, live, viewed
from server.http.deps import Db, Identity, Now
from server.models import BoardSnapshot, Right
from server.serializers import boards as boards_json
from server.serializers.values import Json
from server.services.board_cache import Split
from server.web.boards.rows import layout_of_rows
from server.web.competitions.competition import split_sizes
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

PAGE_ROWS = 100
# Each column by which rows can stand: its order at the first click, and at the second.
SORTS = {
    "rank": (Sort.RANK, Sort.RANK_DOWN),
    "team": (Sort.TEAM, Sort.TEAM_DOWN),
    "submissions": (Sort.SUBMISSIONS_DOWN, Sort.SUBMISSIONS),
    "received": (Sort.RECEIVED_DOWN, Sort.RECEIVED),
}
PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
router = APIRouter()


@router.get("/competitions/{slug}/leaderboard")
async def public(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    view: View,
    db: Db,
    now: Now,
    page: PageNumber = 1,
) -> Response:
    """The public board."""
    values = await _board_values(request, access, viewer, db, view, split="public", page=page, now=now)
    return pages.render(request, "boards/leaderboard.html", viewer, **values)


@router.get("/competitions/{slug}/leaderboard/private")
async def private(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    view: View,
    db: Db,
    now: Now,
    page: PageNumber = 1,
) -> Response:
    """The private board: for staff at all times, for students from the reveal on."""
    competitions.require_private_visible(access, now)
    values = await _board_values(request, access, viewer, db, view, split="private", page=page, now=now)
    return pages.render(request, "boards/leaderboard.html", viewer, **values)


async def _board_values(
    request: Request,
    access: Access,
    viewer: Identity,
    db: Db,
    view: BoardView,
    *,
    split: Split,
    page: int,
    now: Now,
) -> Json:
    shown = await viewed(request, access, db, split=split, view=view, now=now)

    def look(session: Session) -> tuple[int | None, Json]:
        team = teams.team_of(session, competition_id=access.competition.id, user_id=access.user_id)
        snapshot = session.get(BoardSnapshot, access.competition.id)
        facts = split_sizes(session, access) | {
            "has_snapshot": snapshot is not None,
            "unselected": placeholders.unselected(access.competition),
        }
        return (None if team is None else team.id), facts

    team_id, sizes = await db.aread(look)
    updates = live(request, viewer, access, split=split, board=shown.board)
    seen, decimals, look_by = shown.board.seen, sizes["decimals"], _drawn_for(request, access, viewer, now)
    values = page_of(seen, shown=shown.rows, team_id=team_id, page=page, decimals=decimals)
    rows = _drawn_by(await _with_people(db, access, _with_changes(values, shown.changes)))
    return {**sizes, **values, **rows, **_view_values(view)} | {
        "split": split,
        "drawn_rows": seen.once(look_by, dict),
        "ahead": _ahead(seen.whole, team_id, decimals),
        "matches": len(shown.rows),
        "live": updates,
        "veil": _veil(access),
        "csv_url": f"{updates['url']}/board.csv?{_query(view)}".rstrip("?"),
    }


def _drawn_for(request: Request, access: Access, viewer: Identity, now: datetime) -> Hashable:
    """All that the rows of others look by, besides the board and what `_drawn_by` has of each."""
    row, language = access.competition, languages.of_page(request, viewer)
    year = now.astimezone(ZoneInfo(row.reset_zone)).year
    return "rows", language, row.slug, row.reset_zone, year, access.holds(Right.SEE_NAMES)


def _drawn_by(values: Json) -> Json:
    """The board, each row with what it looks by; None for one's own, and for those with a link for staff."""
    return values | {"board": [row | {"drawn_by": _look_of(row)} for row in values["board"]]}


def _look_of(row: Json) -> Hashable:
    if row["mine"] or "person_id" in row:
        return None
    has_group = row["group"] is not None
    return row["team_id"], has_group, row["band"], row["decimals"], "change" in row, row.get("change")


def _veil(access: Access) -> Json | None:
    """How the board is kind to this viewer: under which names, and how many ranks it lists; None without."""
    if access.audience is Audience.OPEN:
        return None
    return {"names": access.course.board_names.value, "rows": access.course.board_rows}


async def _with_people(db: Database, access: Access, values: Json) -> Json:
    """The board, for staff with the number of whoever is a team alone; None for a team of several."""
    if not access.holds(Right.SEE_NAMES):
        return values
    ids = [row["team_id"] for row in values["board"] if row["tier"] is None]
    lone = await db.aread(lambda session: teams.lone_members(session, ids))
    board = [row | {"person_id": lone.get(row["team_id"])} for row in values["board"]]
    return values | {"board": board}


def page_of(
    seen: SeenRows,
    *,
    team_id: int | None,
    page: int,
    decimals: int,
    shown: Sequence[BoardRow] | None = None,
) -> Json:
    """One page of a board; `own` is the viewer's row when this page has it not, with its page's number.

    shown: which of the listed rows, in the order of the page, where that is not all by rank. near: the
    standings before the viewer's, where the board does not list theirs.
    """
    rows = seen.whole
    listed = seen.listed if shown is None else shown
    is_by_rank = shown is None or list(shown) == list(seen.listed)
    last = max(1, -(-len(listed) // PAGE_ROWS))
    page = min(page, last)
    places = seen.places
    own_place = next((place for place, row in enumerate(listed) if row.team_id == team_id), None)
    own_page = None if own_place is None else own_place // PAGE_ROWS + 1
    layout = seen.once(("layout", decimals), lambda: layout_of_rows(rows, decimals=decimals))

    def lay_out(some: Sequence[BoardRow]) -> list[Json]:
        laid = layout.lay_out(
            [_row(row, team_id) for row in some], places=[places[row.team_id] for row in some]
        )
        return laid if is_by_rank else [row | {"group": None, "band": False} for row in laid]

    is_elsewhere = team_id in places and own_page != page
    return {
        "board": lay_out(listed[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]),
        "own": lay_out([rows[places[team_id]]])[0] if team_id in places and is_elsewhere else None,
        "near": [row | {"group": None} for row in lay_out(veil.unlisted_near(seen, team_id))],
        "own_page": own_page,
        "page": page,
        "pages": last,
        "teams": sum(row.tier is None for row in rows),
    }


def _row(row: BoardRow, own: int | None) -> Json:
    return boards_json.board_row(row) | {"mine": row.team_id == own, "team_id": row.team_id}


def _with_changes(values: Json, changes: Mapping[int, int | None]) -> Json:
    """The rows with the ranks that each team won, where any moved.

    Those near one's own have none: a move tells another rank, and that one may be hidden.
    """

    def changed(row: Json) -> Json:
        return row | {"change": changes.get(row["team_id"], 0)} if changes else row

    own = values["own"]
    return {
        "board": [changed(row) for row in values["board"]],
        "near": [row | {"change": 0} for row in values["near"]],
        "own": None if own is None else changed(own),
        "has_changes": bool(changes),
    }


def _ahead(rows: Sequence[BoardRow], team_id: int | None, decimals: int) -> Json | None:
    """The next tier of the viewer's team, empty of one above all tiers; None without a rank or a tier."""
    place = next((place for place, row in enumerate(rows) if row.team_id == team_id), None)
    if place is None or all(row.tier is None for row in rows):
        return None
    ahead = tier_ahead(rows, place)
    if ahead is None:
        return {}
    return {"tier": ahead.tier, "difference": ahead.difference, "decimals": ahead.decimals(decimals)}


def _query(view: BoardView, **other: str) -> str:
    """The view as an address says it, without what is so by default."""
    values = {"q": view.words, "sort": view.sort.value} | other
    return urlencode({name: value for name, value in values.items() if value and value != Sort.RANK.value})


def _view_values(view: BoardView) -> Json:
    """What is looked for, how an address says so, and for each column the order that a click on it gives."""
    columns: Json = {}
    for name, (first, second) in SORTS.items():
        is_here = view.sort.column == name
        order = ("descending" if view.sort.is_down else "ascending") if is_here else None
        columns[name] = {"order": order, "query": _query(view, sort=second if view.sort == first else first)}
    return {
        "words": view.words,
        "sort": view.sort.value,
        "query": _query(view),
        "is_whole": view.is_whole,
        "columns": columns,
    }
