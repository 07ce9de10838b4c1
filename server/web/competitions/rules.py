"""The rules and times of a competition, as students read them, and how they were changed."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.competitions import placeholders
from server.domain.competitions.access import Access
from server.http.deps import Db, Now
from server.serializers import competitions as shapes
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/rules")
async def show(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The rules as they stand for the viewer's team, and each change with its reason."""
    values = await db.aread(
        lambda session: _rule_values(session, access, now), private=access.sees_private(now)
    )
    return pages.render(request, "competitions/rules.html", viewer, **values)


def _rule_values(session: Session, access: Access, now: datetime) -> Json:
    row = access.competition
    return {
        "competition": shapes.competition(session, access, now=now),
        "rule_changes": shapes.change_list(session, row),
        "grace_seconds": row.grace_seconds,
        "has_practice": row.has_practice,
        "shows_disagreement": row.shows_disagreement and row.ladder_step is None,
        "unselected": placeholders.unselected(row),
    }
