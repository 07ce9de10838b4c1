"""Competitions and their data for Kaggle's clients of 1.8 and later, and the files that all of them fetch."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.api.kaggle.dialects import (
    PAGE,
    PREFIX,
    READS,
    RPC,
    Caller,
    Fields,
    NamedCompetition,
    kaggle_router,
    page_of,
)
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions import starters
from server.domain.competitions.access import Access
from server.domain.competitions.starters import PublicFile
from server.domain.kaggle import data
from server.domain.teams import trials
from server.domain.texts.letters import name_key
from server.http import deps, languages
from server.http.answers import FILE, Answer
from server.http.deps import Db, Identity, Now, own_url
from server.models import Competition
from server.serializers import kaggle as kaggle_json
from server.serializers.kaggle import KaggleCompetition, KaggleFile
from server.services.kaggle import bundles

ENTERED = "entered"  # the group of competitions in which one has a team
router = kaggle_router()


class CompetitionPage(TypedDict):
    """Some competitions, and the token of those after them; empty where there are none."""

    competitions: list[KaggleCompetition]
    nextPageToken: str


class FilePage(TypedDict):
    """Some files of a competition."""

    files: list[KaggleFile]
    nextPageToken: str


class Listing(Fields):
    """Which competitions to list."""

    group: str = ""
    search: str = ""
    page: int = 1
    page_token: str = ""
    page_size: int = PAGE


class NamedFile(Fields):
    """One file of a competition."""

    competition_name: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class HandedOut:
    """A competition's files as they are handed out, and since when each stands so."""

    competition: Competition
    files: list[PublicFile]
    changed: dict[str, datetime]

    def since(self, name: str) -> datetime:
        """Since when the file stands as it does."""
        return self.changed.get(name, self.competition.created_at)

    @property
    def newest(self) -> datetime:
        """Since when all of them do."""
        return max((self.since(each.name) for each in self.files), default=self.competition.created_at)


@router.post(f"{RPC}/ListCompetitions", openapi_extra=READS)
async def list_competitions(
    request: Request, body: Listing, caller: Caller, db: Db, now: Now
) -> Answer[CompetitionPage]:
    """The competitions of the caller's courses, a page of them."""
    rows = await listed(request, body, caller, db, now)
    shown, token = page_of(rows, token=body.page_token, page=body.page, size=body.page_size)
    return Answer({"competitions": shown, "nextPageToken": token})


async def listed(
    request: Request, listing: Listing, caller: Identity, db: Db, now: Now
) -> list[KaggleCompetition]:
    """The competitions that answer to the words, the next deadline first."""
    url = own_url(request).rstrip("/")

    def read(session: Session) -> list[KaggleCompetition]:
        own = competitions.mine(session, user=caller.user, now=now)
        return [_competition(session, each, url, now) for each in own]

    rows, words = await db.aread(read), name_key(listing.search)
    if listing.group.lower().endswith(ENTERED):
        rows = [each for each in rows if each["userHasEntered"]]
    return [each for each in rows if words in name_key(f"{each['ref']} {each['title']}")]


@router.post(f"{RPC}/GetCompetition", openapi_extra=READS)
async def one_competition(
    request: Request, body: NamedCompetition, caller: Caller, db: Db, now: Now
) -> Answer[KaggleCompetition]:
    """One competition."""
    access = await deps.access(body.competition_name, caller, request, now)
    url = own_url(request).rstrip("/")
    return Answer(await db.aread(lambda session: _competition(session, access, url, now)))


def _competition(session: Session, access: Access, url: str, now: datetime) -> KaggleCompetition:
    row = access.competition
    team_id = trials.team_id_as(session, competition_id=row.id, user_id=access.user_id, role=access.role)
    rank, teams = leaderboard.public_rank(session, competition_id=row.id, team_id=team_id or 0)
    return kaggle_json.competition(
        access, entered=team_id is not None, rank=rank, teams=teams, url=url, now=now
    )


@router.post(f"{RPC}/ListDataFiles", openapi_extra=READS)
async def list_files(
    request: Request, body: NamedCompetition, caller: Caller, db: Db, now: Now
) -> Answer[FilePage]:
    """The files of a competition, a page of them."""
    access = await deps.access(body.competition_name, caller, request, now)
    files = await files_of(request, access, db)
    shown, token = page_of(files, token=body.page_token, size=body.page_size)
    return Answer({"files": shown, "nextPageToken": token})


async def files_of(request: Request, access: Access, db: Db) -> list[KaggleFile]:
    """All files, by name."""
    all_of_it, url = await handed_out(request, access, db), own_url(request).rstrip("/")
    of = all_of_it.competition
    return [
        kaggle_json.file(each.name, each.size, since=all_of_it.since(each.name), of=of, url=url)
        for each in all_of_it.files
    ]


@router.post(f"{RPC}/DownloadDataFiles", openapi_extra=READS)
async def download_all(request: Request, body: NamedCompetition, caller: Caller, now: Now) -> Response:
    """The way to all files in one zip; the client names its own file after the address."""
    access = await deps.access(body.competition_name, caller, request, now)
    return to_zip(access.competition.slug)


@router.post(f"{RPC}/DownloadDataFile", openapi_extra=READS)
async def download_one(request: Request, body: NamedFile, caller: Caller, db: Db, now: Now) -> Response:
    """The way to one file."""
    access = await deps.access(body.competition_name, caller, request, now)
    return await to_file(access, body.file_name, db)


def to_zip(slug: str) -> Response:
    """A redirect to a competition's files in one zip."""
    return RedirectResponse(f"{PREFIX}/kaggle/competitions/{slug}/all.zip", 302)


async def to_file(access: Access, name: str, db: Db) -> Response:
    """A redirect to a file; raises NotFound with the names that there are."""
    row = access.competition
    file = await db.aread(lambda session: competitions.file_named(session, competition_id=row.id, name=name))
    return RedirectResponse(f"{PREFIX}/kaggle/competitions/{row.slug}/files/{quote(file.name)}", 302)


@router.head("/kaggle/competitions/{slug}/all.zip", include_in_schema=False)
@router.get("/kaggle/competitions/{slug}/all.zip", responses=FILE, openapi_extra=READS)
async def all_files(slug: str, request: Request, caller: Caller, db: Db, now: Now) -> Response:
    """All files of a competition in one zip, whole or from a byte on."""
    access = await deps.access(slug, caller, request, now)
    all_of_it, context = await handed_out(request, access, db), request.app.state.context
    zipped = await context.in_thread(
        lambda: bundles.bundle(
            context.settings,
            context.store,
            all_of_it.files,
            of=all_of_it.competition,
            since=all_of_it.newest,
        )
    )
    head = _head(zipped.name, all_of_it.newest)
    return FileResponse(zipped.path, media_type="application/zip", headers=head)


@router.head("/kaggle/competitions/{slug}/files/{name:path}", include_in_schema=False)
@router.get("/kaggle/competitions/{slug}/files/{name:path}", responses=FILE, openapi_extra=READS)
async def file(slug: str, name: str, request: Request, caller: Caller, db: Db, now: Now) -> Response:
    """A file of a competition, whole or from a byte on."""
    access = await deps.access(slug, caller, request, now)
    await db.aread(
        lambda session: competitions.file_named(session, competition_id=access.competition.id, name=name)
    )
    all_of_it = await handed_out(request, access, db)
    shown = next(each for each in all_of_it.files if each.name == name)
    head = _head(shown.sha256, all_of_it.since(name))
    if shown.content is not None:
        if request.method == "HEAD":
            return Response(headers={**head, "Content-Length": str(len(shown.content))})
        return Response(shown.content, media_type="application/octet-stream", headers=head)
    path = request.app.state.context.store.path(shown.sha256)
    return FileResponse(path, media_type="application/octet-stream", headers=head)


async def handed_out(request: Request, access: Access, db: Db) -> HandedOut:
    """What a competition hands out, starters filled in for this server."""
    row, url, catalogue = access.competition, own_url(request), languages.templates_of(request)
    read = request.app.state.context.store.read

    def rows(session: Session) -> HandedOut:
        files = [
            starters.handed_out(each, read, url=url, slug=row.slug, catalogue=catalogue)
            for each in competitions.files_of(session, row.id)
        ]
        return HandedOut(row, files, data.standing_since(session, row))

    return await db.aread(rows)


def _head(name: str, since: datetime) -> dict[str, str]:
    """The head of a file: the client measures it and goes on where it stopped, so it is sent as it is."""
    return {
        "ETag": f'"{name}"',
        "Last-Modified": format_datetime(since, usegmt=True),
        "Content-Encoding": "identity",
        "Cache-Control": "private, no-cache",
    }
