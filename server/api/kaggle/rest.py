"""The two dialects of REST: Kaggle's clients 1.5.14 to 1.6, and 1.7; answers as for the later ones.

They write the names of a query in different cases. A list is a bare array; only files, asked for by the page,
are an object. A download has to be a redirect, and the board in a file needs to say when it was changed.
"""

from typing import Annotated

from fastapi import Form, Request, Response

from server.api.kaggle import boards, data, history, submissions
from server.api.kaggle.boards import BoardPage
from server.api.kaggle.data import FilePage, Listing
from server.api.kaggle.dialects import PAGE, PAGE_MOST, READS, Caller, kaggle_router, page_of
from server.http import deps
from server.http.answers import Answer
from server.http.deps import Db, Now
from server.http.scopes import SUBMITS
from server.serializers import kaggle as kaggle_json
from server.serializers.kaggle import (
    KaggleCompetition,
    KaggleFile,
    KaggleReceipt,
    KaggleSubmission,
    KaggleUploadAddress,
)

ABSENT = ("", "None")  # as clients write what nobody has given
router = kaggle_router()


def _query(request: Request) -> dict[str, str]:
    """The query, its names in small letters, without what has no value."""
    pairs = request.query_params.items()
    return {name.lower(): value for name, value in pairs if value not in ABSENT}


def _number(text: str, usual: int) -> int:
    """The number in a query; the usual one for what is none, or too long."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else usual


@router.get("/competitions/list", openapi_extra=READS)
async def list_competitions(
    request: Request, caller: Caller, db: Db, now: Now
) -> Answer[list[KaggleCompetition]]:
    """The competitions of the caller's courses, a page of them."""
    query = _query(request)
    listing = Listing(group=query.get("group", ""), search=query.get("search", ""))
    rows = await data.listed(request, listing, caller, db, now)
    return Answer(page_of(rows, page=_number(query.get("page", ""), 1))[0])


@router.get("/competitions/data/list/{slug}", openapi_extra=READS)
async def list_files(
    slug: str, request: Request, caller: Caller, db: Db, now: Now
) -> Answer[FilePage] | Answer[list[KaggleFile]]:
    """The files of a competition: all of them, or a page where one is asked for."""
    access = await deps.access(slug, caller, request, now)
    files, query = await data.files_of(request, access, db), _query(request)
    if "pagesize" not in query:
        return Answer(files)
    size = _number(query["pagesize"], PAGE)
    shown, token = page_of(files, token=query.get("pagetoken", ""), size=size)
    page: FilePage = {"files": shown, "nextPageToken": token}
    return Answer(page)


@router.get("/competitions/data/download-all/{slug}", openapi_extra=READS)
async def download_all(slug: str, request: Request, caller: Caller, now: Now) -> Response:
    """The way to all files in one zip."""
    access = await deps.access(slug, caller, request, now)
    return data.to_zip(access.competition.slug)


@router.get("/competitions/data/download/{slug}/{name:path}", openapi_extra=READS)
async def download_one(slug: str, name: str, request: Request, caller: Caller, db: Db, now: Now) -> Response:
    """The way to one file."""
    return await data.to_file(await deps.access(slug, caller, request, now), name, db)


@router.post("/competitions/{slug}/submissions/url/{size}/{changed}", openapi_extra=SUBMITS)
async def start(
    slug: str,
    size: str,
    request: Request,
    caller: Caller,
    now: Now,
    file_name: Annotated[str, Form(alias="fileName")] = "submission.csv",
) -> Answer[KaggleUploadAddress]:
    """Open an address for a file, for clients before 1.7."""
    access = await deps.access(slug, caller, request, now)
    return Answer(
        await submissions.announced(request, access, name=file_name, size=_number(size, 0), now=now)
    )


@router.post("/competitions/submission-url", openapi_extra=SUBMITS)
async def start_of_form(
    request: Request,
    caller: Caller,
    now: Now,
    slug: Annotated[str, Form(alias="competitionName")] = "",
    size: Annotated[str, Form(alias="contentLength")] = "0",
    file_name: Annotated[str, Form(alias="fileName")] = "submission.csv",
) -> Answer[KaggleUploadAddress]:
    """Open an address for a file, for clients of 1.7."""
    access = await deps.access(slug, caller, request, now)
    return Answer(
        await submissions.announced(request, access, name=file_name, size=_number(size, 0), now=now)
    )


@router.post("/competitions/submissions/submit/{slug}", openapi_extra=SUBMITS)
async def submit(
    slug: str,
    request: Request,
    caller: Caller,
    now: Now,
    token: Annotated[str, Form(alias="blobFileTokens")] = "",
    note: Annotated[str, Form(alias="submissionDescription", max_length=4000)] = "",
) -> Answer[KaggleReceipt]:
    """Enter a file that has come, and answer when it is scored."""
    access = await deps.access(slug, caller, request, now)
    return Answer(await submissions.entered(request, access, caller, token=token, note=note, now=now))


@router.get("/competitions/submissions/list/{slug}", openapi_extra=READS)
async def list_submissions(
    slug: str, request: Request, caller: Caller, now: Now
) -> Answer[list[KaggleSubmission]]:
    """The submissions of the caller's team, a page of them."""
    access = await deps.access(slug, caller, request, now)
    rows, query = await history.listed(request, access, now=now), _query(request)
    size = _number(query.get("pagesize", ""), PAGE_MOST)
    return Answer(page_of(rows, page=_number(query.get("page", ""), 1), size=size)[0])


@router.get("/competitions/{slug}/leaderboard/view", openapi_extra=READS)
async def show_board(slug: str, request: Request, caller: Caller, now: Now) -> Answer[BoardPage]:
    """The private board from the reveal on, else the public one; all rows, which these clients print."""
    access = await deps.access(slug, caller, request, now)
    rows, team_id = await boards.board_rows(request, access, now)
    return Answer({"submissions": kaggle_json.standings(rows, own_team=team_id), "nextPageToken": ""})


@router.get("/competitions/{slug}/leaderboard/download", openapi_extra=READS)
async def download_board(slug: str, request: Request, caller: Caller, now: Now) -> Response:
    """The same board as a CSV file in a zip."""
    return await boards.zipped(request, await deps.access(slug, caller, request, now), now)
