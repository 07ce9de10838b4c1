"""Look-alikes and excluded submissions, for staff."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import Conflict
from server.domain.integrity import exclusions as integrity
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.submissions import submit as submissions
from server.http.deps import NO_STORE, Config, Db, Now, StaffAccess, Viewer
from server.models import Submission
from server.serializers import integrity as shapes_integrity
from server.serializers import submissions as shapes_submissions
from server.serializers.values import Json
from server.services.look_alikes import start_comparison

router = APIRouter()


class ExclusionRequest(BaseModel):
    """Whether a submission shall be excluded, and why; its team is shown the reason."""

    excluded: bool
    reason: str


@router.get("/competitions/{slug}/integrity")
async def look_alikes(found: StaffAccess, db: Db, config: Config) -> Response:
    """The last comparison of all teams' files."""
    files = IntegrityFiles(config.files_dir)
    kept, since = files.report(found.competition.id), files.running_since(found.competition.id)
    told = await db.aread(lambda session: shapes_integrity.report(session, kept, running_since=since))
    return JSONResponse(told, headers=NO_STORE)


@router.post("/competitions/{slug}/integrity", status_code=202)
async def compare(found: StaffAccess, config: Config) -> Json:
    """Start a comparison beside the server; poll the same address for its report."""
    require_none_running(found, IntegrityFiles(config.files_dir))
    start_comparison(config, found.competition.slug)
    return {"url": f"/api/competitions/{found.competition.slug}/integrity"}


def require_none_running(found: Access, files: IntegrityFiles) -> None:
    """Raise Conflict while a comparison of this competition is running."""
    if files.running_since(found.competition.id) is not None:
        raise Conflict("A comparison is running already; its report will be here soon.")


@router.put("/submissions/{submission_id}/excluded")
async def exclude(submission_id: int, wanted: ExclusionRequest, who: Viewer, db: Db, now: Now) -> Json:
    """Exclude a submission, or restore it, with a reason that its team is shown."""
    act = integrity.exclude if wanted.excluded else integrity.restore

    def change(session: Session) -> tuple[Submission, Access]:
        row, found = submissions.visible(session, submission_id=submission_id, user=who.user, now=now)
        competitions.require_staff(found)
        act(
            session,
            submission=row,
            competition=found.competition,
            reason=wanted.reason,
            by=who.actor,
            now=now,
        )
        return row, found

    row, found = await db.awrite(change, private=True)
    listed = await db.aread(
        lambda session: shapes_submissions.submission_list(session, [row], found=found, now=now), private=True
    )
    return listed[0]
