"""The page on which staff compare the tiers: scores over seeds, what they took, and their curves together."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import Catalogue, Message
from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.http.deps import Db, Now
from server.serializers.baselines import costs as costs_json
from server.serializers.baselines.costs import CurveJson
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.charts.shapes import Line, line_chart
from server.web.rendering.pages import PrivateHere, ViewerHere

TICKS = 11  # rows of the table beside the chart: each tenth of the training
router = APIRouter()


@router.get("/competitions/{slug}/baselines/compare")
async def compare(request: Request, access: PrivateHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Scores, time, memory, energy and devices of each tier, and the loss curves of all runs."""
    catalogue = pages.catalogue_of(request, viewer)
    values = await db.aread(lambda session: _cost_values(session, access, now, catalogue), private=True)
    return pages.render(request, "baselines/compare.html", viewer, **values)


def _cost_values(session: Session, access: Access, now: Now, catalogue: Catalogue) -> Json:
    curves = [each for each in costs_json.curves_of(session, access) if _losses(each)]
    lines = [Line(_losses(each), f"stroke-{each['tier']}") for each in curves]
    chart = None
    if lines:
        label = Message("Training loss over the share of the training, a line a run")
        first, last = Message("first epoch"), Message("last epoch")
        chart = line_chart(lines, label=label, first=first, last=last, catalogue=catalogue)
    return {
        "costs": costs_json.tier_costs(session, access, now=now),
        "decimals": leaderboard.shown(session, access.competition),
        "chart": chart,
        "curves": [{**each, "ticks": _ticks(_losses(each))} for each in curves],
        "shares": [round(100 * tick / (TICKS - 1)) for tick in range(TICKS)],
    }


def _losses(curve: CurveJson) -> list[tuple[float, float | None]]:
    """The losses over the share of the training in percent, so that long and short trainings lie together."""
    points = [(point["epoch"], point["loss"]) for point in curve["points"] if point["loss"] is not None]
    last = max((epoch for epoch, _ in points), default=0.0)
    return [(round(100 * epoch / last, 2), loss) for epoch, loss in points] if last else []


def _ticks(losses: list[tuple[float, float | None]]) -> list[float | None]:
    """The loss at each tenth of the training: the last one told by then; None before the first."""
    ticks: list[float | None] = []
    for tick in range(TICKS):
        by_then = [loss for share, loss in losses if share <= 100 * tick / (TICKS - 1) + 0.01]
        ticks.append(by_then[-1] if by_then else None)
    return ticks
