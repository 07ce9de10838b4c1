"""Submissions over the API: the raw file is the body."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.domain.submissions import finals
from server.domain.submissions import submit as submissions
from server.domain.teams import membership as teams
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.models import Submission
from server.serializers import submissions as shapes_submissions
from server.serializers.values import Json
from server.services.uploads.take import take

UNLIMITED = 2**40  # `take` counts the bytes against the competition's own cap, with a message that names it
router = APIRouter()


class FinalRequest(BaseModel):
    """Whether a submission shall be among the final selections."""

    selected: bool


@router.post("/competitions/{slug}/submissions", max_body_size=UNLIMITED)
@router.put("/competitions/{slug}/submissions", max_body_size=UNLIMITED)
async def submit(
    request: Request,
    found: ViewerAccess,
    who: Viewer,
    file_name: Annotated[str, Query(max_length=200)] = "submission.csv",
    idempotency_key: Annotated[str | None, Header()] = None,
) -> JSONResponse:
    """Take the body as a submission; answered when it is scored."""
    taken = await take(
        request.app.state.context,
        access=found,
        user=who.user,
        stream=request.stream(),
        file_name=file_name,
        idempotency_key=idempotency_key,
    )
    return JSONResponse(taken.receipt, status_code=taken.status, headers={"Location": taken.receipt["url"]})


@router.get("/competitions/{slug}/submissions")
async def mine(found: ViewerAccess, db: Db, now: Now) -> Json:
    """The viewer's team's submissions, the newest first."""

    def listed(session: Session) -> list[Json]:
        team = teams.team_of(session, competition_id=found.competition.id, user_id=found.user_id)
        rows = [] if team is None else submissions.of_team(session, team.id)
        return shapes_submissions.submission_list(session, rows, found=found, now=now)

    return {"submissions": await db.aread(listed, private=found.sees_private(now))}


@router.get("/submissions/{submission_id}")
async def one(submission_id: int, who: Viewer, db: Db, now: Now) -> Json:
    """One submission, for its team and the staff."""
    row, found = await db.aread(
        lambda session: submissions.visible(session, submission_id=submission_id, user=who.user, now=now)
    )
    return await _shown(db, row, found, now)


@router.put("/submissions/{submission_id}/final")
async def select_final(submission_id: int, wanted: FinalRequest, who: Viewer, db: Db, now: Now) -> Json:
    """Put a submission among the final selections, or take it off."""

    def choose(session: Session) -> tuple[Submission, Access]:
        row, found = submissions.visible(session, submission_id=submission_id, user=who.user, now=now)
        finals.require_own(session, submission=row, user=who.user)
        finals.select_final(
            session,
            submission=row,
            competition=found.competition,
            terms=found.terms,
            selected=wanted.selected,
            now=now,
        )
        return row, found

    row, found = await db.awrite(choose, private=True)
    return await _shown(db, row, found, now)


async def _shown(db: Db, row: Submission, found: Access, now: Now) -> Json:
    listed = await db.aread(
        lambda session: shapes_submissions.submission_list(session, [row], found=found, now=now),
        private=found.sees_private(now),
    )
    return listed[0]
