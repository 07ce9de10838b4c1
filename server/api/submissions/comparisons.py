"""Two submissions side by side, for their team and the staff."""

from fastapi import Request
from sqlalchemy.orm import Session

from server.domain.submissions import comparison as comparisons
from server.domain.submissions.comparison import SubmissionPair
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, Viewer
from server.serializers.submissions import comparison as comparison_json
from server.serializers.submissions.comparison import ComparisonJson

router = api_router("submissions")


@router.get("/submissions/{submission_id}/comparisons/{other_id}")
async def compare(
    request: Request, submission_id: int, other_id: int, viewer: Viewer, db: Db, now: Now
) -> Answer[ComparisonJson]:
    """How this submission and another one of the same competition differ, and how sure that is."""
    first, second, access = await db.aread(
        lambda session: comparisons.visible_pair(
            session, first_id=submission_id, second_id=other_id, user=viewer.user, now=now
        )
    )

    def read(session: Session) -> SubmissionPair:
        return comparisons.pair_of(session, first, second, access=access, now=now)

    pair = await db.aread(read, private=access.sees_private(now))
    return Answer(comparison_json.comparison(pair, await request.app.state.comparisons.of(pair)))
