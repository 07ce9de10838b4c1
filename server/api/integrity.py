"""Look-alikes and excluded submissions, for staff."""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.errors import Conflict
from server.domain.integrity import exclusions as integrity
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.submissions import submit as submissions
from server.http.answers import Accepted, Answer, api_router
from server.http.deps import NO_STORE, Config, Db, Now, Viewer, WholeAccess
from server.models import Right, Submission
from server.serializers import integrity as integrity_json
from server.serializers.integrity import LookAlikesJson, StartedComparisonJson
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.submissions import ListedSubmissionJson
from server.services.look_alikes import start_comparison

router = api_router("integrity")


class ExclusionRequest(BaseModel):
    """Whether a submission shall be excluded, and why; its team is shown the reason."""

    excluded: bool
    reason: str


@router.get("/competitions/{slug}/integrity")
async def look_alikes(access: WholeAccess, db: Db, config: Config) -> Answer[LookAlikesJson]:
    """The last comparison of all teams' files."""
    files = IntegrityFiles(config.files_dir)
    stored, since = files.report(access.competition.id), files.running_since(access.competition.id)
    report = await db.aread(lambda session: integrity_json.report(session, stored, running_since=since))
    return Answer(report, headers=NO_STORE)


@router.post("/competitions/{slug}/integrity")
async def compare(access: WholeAccess, config: Config) -> Accepted[StartedComparisonJson]:
    """Start a comparison beside the server; poll the same address for its report."""
    require_none_running(access, IntegrityFiles(config.files_dir))
    start_comparison(config, access.competition.slug)
    return Accepted({"url": f"/api/competitions/{access.competition.slug}/integrity"})


def require_none_running(access: Access, files: IntegrityFiles) -> None:
    """Raise Conflict while a comparison of this competition is running."""
    if files.running_since(access.competition.id) is not None:
        raise Conflict(Message("A comparison is running already; its report will be here soon."))


@router.put("/submissions/{submission_id}/excluded")
async def exclude(
    submission_id: int, body: ExclusionRequest, viewer: Viewer, db: Db, now: Now
) -> Answer[ListedSubmissionJson]:
    """Exclude a submission, or restore it, with a reason that its team is shown."""
    act = integrity.exclude if body.excluded else integrity.restore

    def change(session: Session) -> tuple[Submission, Access]:
        row, access = submissions.visible(session, submission_id=submission_id, user=viewer.user, now=now)
        competitions.require_rights(access, [Right.EXCLUDE], now)
        act(
            session,
            submission=row,
            competition=access.competition,
            reason=body.reason,
            by=viewer.actor,
            now=now,
        )
        return row, access

    row, access = await db.awrite(change, private=True)
    listed = await db.aread(
        lambda session: submissions_json.submission_list(session, [row], access=access, now=now),
        private=True,
    )
    return Answer(listed[0])
