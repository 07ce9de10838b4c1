"""After the reveal: how the ranks moved and why; and the boards as they stood at the deadline."""

from math import isnan
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Catalogue
from server.clock import iso
from server.domain.boards import snapshots, veil
from server.domain.boards.shake_up import RankMove, ShakeUp, shake_up
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.teams import membership as teams
from server.http.deps import Db, Now
from server.models import BoardSnapshot
from server.serializers import boards as boards_json
from server.serializers.values import Json
from server.web.boards.rows import layout_of
from server.web.competitions.competition import split_sizes
from server.web.rendering import pages
from server.web.rendering.charts.ranks import RankMark, rank_chart
from server.web.rendering.pages import AccessHere, ViewerHere

LISTED = 12  # of those who won most places, and of those who lost most
PAGE_ROWS = 100
router = APIRouter()


@router.get("/competitions/{slug}/shake-up")
async def show(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The picture, the explanation, the largest moves: for those who may see the private board."""
    competitions.require_private_visible(access, now)
    catalogue = pages.catalogue_of(request, viewer)
    values = await db.aread(lambda session: _shake_up_values(session, access, catalogue), private=True)
    return pages.render(request, "boards/shake_up.html", viewer, **values)


def _shake_up_values(session: Session, access: Access, catalogue: Catalogue) -> Json:
    team = teams.team_of(session, competition_id=access.competition.id, user_id=access.user_id)
    summary = shake_up(session, competition=access.competition)
    own = next((move for move in summary.moves if team is not None and move.team_id == team.id), None)
    listed = veil.veiled_moves(session, summary, competition=access.competition, audience=access.audience)
    return split_sizes(session, access) | {
        "teams": len(summary.moves),
        "has_snapshot": session.get(BoardSnapshot, access.competition.id) is not None,
        "are_some_unlisted": len(listed) < len(summary.moves),
        "chart": rank_chart(
            [_mark(move) for move in listed],
            own=None if own is None else _mark(own),
            teams=len(summary.moves),
            catalogue=catalogue,
        ),
        "own": own,
        "own_gap": None if own is None else abs(own.public_score - own.private_score),
        "summary": _numbers(summary),
        "risen": _largest([move for move in listed if move.change > 0]),
        "fallen": _largest([move for move in listed if move.change < 0]),
    }


def _mark(move: RankMove) -> RankMark:
    return RankMark(move.team, move.public_rank, move.private_rank)


def _largest(moves: list[RankMove]) -> list[RankMove]:
    return sorted(moves, key=lambda move: -abs(move.change))[:LISTED]


def _numbers(summary: ShakeUp) -> Json:
    numbers = {
        "public_error": summary.public_error,
        "private_error": summary.private_error,
        "difference": summary.difference,
        "median_move": summary.median_move,
        "chance_move": summary.chance_move,
        "tries": summary.typical_tries,
        "flattery": summary.flattery,
    }
    return {name: None if isnan(value) else value for name, value in numbers.items()}


@router.get("/competitions/{slug}/leaderboard/deadline")
async def at_deadline(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    split: Annotated[Literal["public", "private"], Query()] = "public",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """One board as it stood at the deadline; the private one for those who may see it."""
    if split == "private":
        competitions.require_private_visible(access, now)

    def look(session: Session) -> Json:
        row = access.competition
        snapshot = snapshots.of_deadline(session, competition=row, split=split)
        team = teams.team_of(session, competition_id=row.id, user_id=access.user_id)
        own = None if team is None else team.id
        rows = veil.stored_rows(session, snapshot["rows"], competition=row, audience=access.audience)
        listed = [place for place, each in enumerate(rows) if each["is_listed"] or each["team_id"] == own]
        last = max(1, -(-len(listed) // PAGE_ROWS))
        at = min(page, last)
        sizes = split_sizes(session, access)
        places = listed[(at - 1) * PAGE_ROWS : at * PAGE_ROWS]
        board = [
            rows[place]
            | {"mine": rows[place]["team_id"] == own, "hint": boards_json.hint(rows[place]["hint"])}
            for place in places
        ]
        return sizes | {
            "split": split,
            "as_of": iso(snapshot["as_of"]),
            "taken_at": iso(snapshot["taken_at"]),
            "board": layout_of(rows, decimals=sizes["decimals"]).lay_out(board, places=places),
            "page": at,
            "pages": last,
            "teams": sum(row["tier"] is None for row in rows),
        }

    values = await db.aread(look, private=split == "private")
    return pages.render(request, "boards/deadline.html", viewer, **values)
