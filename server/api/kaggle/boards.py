"""Leaderboards for Kaggle's clients: as rows, and as a zip with a file of them."""

import csv
import io
import zipfile
from datetime import datetime
from email.utils import format_datetime

from fastapi import Request, Response
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.api.boards.leaderboard import visible_board
from server.api.kaggle.dialects import PAGE, READS, RPC, Caller, Fields, kaggle_router, page_of
from server.clock import iso
from server.domain.boards import veil
from server.domain.boards.leaderboard import BoardRow
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.teams import membership as teams
from server.domain.texts.csv_cells import number_cell, text_cell
from server.http import deps
from server.http.answers import Answer
from server.http.deps import NO_STORE, Now
from server.serializers import kaggle as kaggle_json
from server.serializers.kaggle import KaggleStanding
from server.services.board_cache import Split

COLUMNS = (
    *("Rank", "TeamId", "TeamName", "LastSubmissionDate", "Score", "SubmissionCount"),
    "TeamMemberUserNames",
)
router = kaggle_router()


class BoardPage(TypedDict):
    """Some rows of a board, in its order."""

    submissions: list[KaggleStanding]
    nextPageToken: str


class WhichBoard(Fields):
    """A board; override_public: the public one after the reveal, too."""

    competition_name: str = ""
    override_public: bool = False
    page_token: str = ""
    page_size: int = PAGE


@router.post(f"{RPC}/GetLeaderboard", openapi_extra=READS)
async def show(request: Request, body: WhichBoard, caller: Caller, now: Now) -> Answer[BoardPage]:
    """The private board from the reveal on, else the public one; a page of it."""
    access = await deps.access(body.competition_name, caller, request, now)
    rows, team_id = await board_rows(request, access, now, public=body.override_public)
    shown, token = page_of(rows, token=body.page_token, size=body.page_size)
    return Answer({"submissions": kaggle_json.standings(shown, own_team=team_id), "nextPageToken": token})


@router.post(f"{RPC}/DownloadLeaderboard", openapi_extra=READS)
async def download(request: Request, body: WhichBoard, caller: Caller, now: Now) -> Response:
    """The same board whole, as a CSV file in a zip."""
    access = await deps.access(body.competition_name, caller, request, now)
    return await zipped(request, access, now, public=body.override_public)


async def board_rows(
    request: Request, access: Access, now: Now, *, public: bool = False
) -> tuple[list[BoardRow], int | None]:
    """The rows that the caller reads of the board that is open to all, and the number of their own team."""
    board = await visible_board(request, access, split_of(access, now, public=public), now)

    def own_team(session: Session) -> int | None:
        return teams.team_id_of(session, competition_id=access.competition.id, user_id=access.user_id)

    team_id = await deps.database(request).aread(own_team)
    return veil.rows_for(board.seen, team_id), team_id


def split_of(access: Access, now: datetime, *, public: bool) -> Split:
    """The board that is open to all: the private one from the reveal on, unless the public one is wanted."""
    is_released = competitions.is_revealed(access.competition, now)
    return "private" if is_released and not public else "public"


async def zipped(request: Request, access: Access, now: Now, *, public: bool = False) -> Response:
    """A board as Kaggle's clients save it: a zip with one CSV file."""
    rows, team_id = await board_rows(request, access, now, public=public)
    name = f"{access.competition.slug}-{split_of(access, now, public=public)}leaderboard.csv"
    out = io.BytesIO()
    entry = zipfile.ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, _csv(rows, team_id), zipfile.ZIP_DEFLATED)
    headers = NO_STORE | {
        "Last-Modified": format_datetime(now, usegmt=True),  # without which an older client fails
        "Content-Encoding": "identity",
        "Content-Disposition": f'attachment; filename="{access.competition.slug}.zip"',
    }
    return Response(out.getvalue(), media_type="application/zip", headers=headers)


def _csv(rows: list[BoardRow], team_id: int | None) -> str:
    """The rows in Kaggle's columns; who is in a team stands on no board of ours."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        own = row.team_id if row.team_id == team_id else ""
        facts = [number_cell(row.rank), own, text_cell(row.team), iso(row.received_at)]
        writer.writerow([*facts, number_cell(row.score), number_cell(row.submissions), ""])
    return out.getvalue()
