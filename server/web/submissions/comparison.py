"""Two submissions side by side, chosen among one's own."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions.access import Access
from server.domain.errors import NotFound
from server.domain.submissions import comparison as comparisons
from server.domain.submissions import submit as submissions
from server.domain.submissions.comparison import SubmissionPair
from server.http.deps import Db, Now
from server.models import User
from server.serializers.submissions import comparison as comparison_json
from server.serializers.submissions import submissions as submissions_json
from server.serializers.submissions.submissions import ListedSubmissionJson
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/comparison")
async def show(
    request: Request,
    access: AccessHere,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    submission: Annotated[tuple[int, ...], Query()] = (),
) -> Response:
    """The later one beside the earlier one, or the form alone where not two were chosen."""
    chosen = sorted(set(submission), reverse=True)
    sees_private = access.sees_private(now)
    pair, rows = None, {}
    if len(chosen) == 2:
        pair = await db.aread(
            lambda session: _pair(session, chosen, access=access, user=viewer.user, now=now),
            private=sees_private,
        )
        rows = await request.app.state.comparisons.of(pair)
    choice = await db.aread(lambda session: _choice(session, pair, access, now), private=sees_private)
    return pages.render(
        request,
        "submissions/comparison.html",
        viewer,
        chosen=chosen,
        choice=choice,
        comparison=None if pair is None else comparison_json.comparison(pair, rows),
        allows_labels=access.competition.shows_disagreement,
    )


def _pair(
    session: Session, chosen: list[int], *, access: Access, user: User, now: datetime
) -> SubmissionPair:
    later, earlier = chosen
    first, second, _ = comparisons.visible_pair(
        session, first_id=later, second_id=earlier, user=user, now=now
    )
    if first.competition_id != access.competition.id:
        raise NotFound(Message("There is no submission {submission_id} of yours.", submission_id=first.id))
    return comparisons.pair_of(session, first, second, access=access, now=now)


def _choice(
    session: Session, pair: SubmissionPair | None, access: Access, now: datetime
) -> list[ListedSubmissionJson]:
    """One's own scored files, the newest first, and the two that staff may be comparing of others."""
    rows = submissions.of_person(session, competition_id=access.competition.id, user_id=access.user_id)
    others = [] if pair is None else [pair.first, pair.second]
    listed = {row.id: row for row in [*rows, *others]}
    entries = submissions_json.submission_list(session, list(listed.values()), access=access, now=now)
    return [each for each in entries if each["public_score"] is not None]
