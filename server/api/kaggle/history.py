"""What became of a team's submissions, for Kaggle's clients of 1.8 and later, and their files."""

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
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
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.kaggle import own_files
from server.domain.submissions import submit as submissions
from server.domain.teams import trials
from server.http import deps
from server.http.answers import FILE, Answer
from server.http.deps import Identity, Now, own_url
from server.http.stored_files import send_submission
from server.models import Submission
from server.serializers import kaggle as kaggle_json
from server.serializers.kaggle import KaggleLimits, KaggleSubmission
from server.serializers.submissions import submissions as submissions_json
from server.serializers.values import today

router = kaggle_router()


class SubmissionPage(TypedDict):
    """Some submissions, the newest first."""

    submissions: list[KaggleSubmission]
    nextPageToken: str


class TeamSubmission(TypedDict):
    """A scored submission of one's team, as `team-submissions` lists it."""

    id: int
    dateSubmitted: str
    publicScore: str


class TeamSubmissions(TypedDict):
    """All of them."""

    submissions: list[TeamSubmission]


class SubmissionListing(Fields):
    """A page of a team's submissions."""

    competition_name: str = ""
    page: int = 1
    page_token: str = ""
    page_size: int = PAGE


class OneSubmission(Fields):
    """A submission by its number."""

    ref: int = 0
    submission_id: int = 0


class OfTeam(Fields):
    """A team by its number."""

    team_id: int = 0


@router.post(f"{RPC}/ListSubmissions", openapi_extra=READS)
async def list_submissions(
    request: Request, body: SubmissionListing, caller: Caller, now: Now
) -> Answer[SubmissionPage]:
    """The submissions of the caller's team, a page of them."""
    access = await deps.access(body.competition_name, caller, request, now)
    rows = await listed(request, access, now=now)
    shown, token = page_of(rows, token=body.page_token, page=body.page, size=body.page_size)
    return Answer({"submissions": shown, "nextPageToken": token})


async def listed(request: Request, access: Access, *, now: Now) -> list[KaggleSubmission]:
    """All submissions of the caller's team and their own trials, the newest first."""
    competition_id = access.competition.id

    def read(session: Session) -> list[Submission]:
        return submissions.of_person(session, competition_id=competition_id, user_id=access.user_id)

    return await _shown(request, access, await deps.database(request).aread(read), now=now)


async def _shown(
    request: Request, access: Access, rows: list[Submission], *, now: Now
) -> list[KaggleSubmission]:
    """Submissions in the client's words, read in a session that sees what this caller may see."""
    url = own_url(request).rstrip("/")
    ids = {row.team_id for row in rows}

    def read(session: Session) -> list[KaggleSubmission]:
        names = own_files.team_names(session, ids)
        listed = submissions_json.submission_list(session, rows, access=access, now=now)
        teams = [names[row.team_id] for row in rows]
        return [
            kaggle_json.submission(each, team=team, url=url) for each, team in zip(listed, teams, strict=True)
        ]

    return await deps.database(request).aread(read, private=access.sees_private(now))


@router.post(f"{RPC}/GetSubmission", openapi_extra=READS)
async def one_submission(
    request: Request, body: OneSubmission, caller: Caller, now: Now
) -> Answer[KaggleSubmission]:
    """One submission, for its team and the staff."""
    row, access = await _visible(request, body.ref, caller, now)
    return Answer((await _shown(request, access, [row], now=now))[0])


async def _visible(request: Request, number: int, caller: Identity, now: Now) -> tuple[Submission, Access]:
    return await deps.database(request).aread(
        lambda session: submissions.visible(session, submission_id=number, user=caller.user, now=now)
    )


@router.post(f"{RPC}/GetSubmissionLimits", openapi_extra=READS)
async def get_limits(
    request: Request, body: NamedCompetition, caller: Caller, now: Now
) -> Answer[KaggleLimits]:
    """What is used and left of the day."""
    access = await deps.access(body.competition_name, caller, request, now)
    row = access.competition

    def read(session: Session) -> KaggleLimits:
        team_id = trials.team_id_as(session, competition_id=row.id, user_id=access.user_id, role=access.role)
        day = competitions.today(session, competition=row, terms=access.terms, team_id=team_id, now=now)
        total = own_files.scored_count(session, team_id)
        return kaggle_json.limits(today(day, now), total=total)

    return Answer(await deps.database(request).aread(read))


@router.post(f"{RPC}/ListTeamPublicSubmissions", openapi_extra=READS)
async def list_of_team(request: Request, body: OfTeam, caller: Caller, now: Now) -> Answer[TeamSubmissions]:
    """The scored submissions of a team of the caller's own; of others' there are none to read."""
    db = deps.database(request)
    access = await db.aread(
        lambda session: own_files.access_to_team(session, team_id=body.team_id, user=caller.user, now=now)
    )
    rows = await listed(request, access, now=now)
    scored: list[TeamSubmission] = [
        {"id": each["ref"], "dateSubmitted": each["date"], "publicScore": each["publicScore"]}
        for each in rows
        if each["publicScore"]
    ]
    return Answer({"submissions": scored})


@router.post(f"{RPC}/DownloadSubmission", openapi_extra=READS)
async def download(request: Request, body: OneSubmission, caller: Caller, now: Now) -> Response:
    """The way to a submission's file; the client names its own after the address."""
    number = body.submission_id or body.ref
    row, _ = await _visible(request, number, caller, now)
    return RedirectResponse(f"{PREFIX}/kaggle/submissions/{row.id}/{number}.csv", 302)


@router.get("/kaggle/submissions/{submission_id}/{name}", responses=FILE, openapi_extra=READS)
async def file(submission_id: int, name: str, request: Request, caller: Caller, now: Now) -> Response:
    """A submission's file as it was sent, for its team and the staff."""
    row, _ = await _visible(request, submission_id, caller, now)
    file_path = request.app.state.context.store.path(row.sha256)
    answer = send_submission(request, row, file_path=file_path)
    answer.headers["Content-Encoding"] = "identity"
    return answer
