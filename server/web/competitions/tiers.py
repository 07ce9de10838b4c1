"""The tiers of a competition: what each is worth, what it took, how far the viewer's team has come."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.competitions.access import Access
from server.http.deps import Db, Now
from server.serializers import competitions as shapes
from server.serializers.baselines import costs as costs_json
from server.serializers.values import Json
from server.web.competitions.competition import own_progress, split_sizes
from server.web.rendering import pages
from server.web.rendering.pages import AccessHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/tiers")
async def show(request: Request, access: AccessHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Thresholds, hints, points and cost; private thresholds for those who may see private scores now."""
    values = await db.aread(
        lambda session: _tier_values(session, access, now), private=access.sees_private(now)
    )
    return pages.render(request, "competitions/tiers.html", viewer, **values)


def _tier_values(session: Session, access: Access, now: datetime) -> Json:
    return {
        **split_sizes(session, access),
        **own_progress(session, access),
        "competition": shapes.competition(session, access, now=now),
        "costs": costs_json.tier_costs(session, access, now=now),
    }
