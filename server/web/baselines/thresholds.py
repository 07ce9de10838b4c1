"""The page on which staff choose which runs set the thresholds."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.baselines import runs as baselines
from server.domain.baselines import thresholds
from server.domain.baselines.thresholds import Choice
from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.http.deps import Db, Now
from server.models import RunState, ThresholdRule
from server.serializers.baselines import baselines as baselines_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import PrivateHere, ThresholdHere, ViewerHere

router = APIRouter()


@router.get("/competitions/{slug}/baselines/thresholds")
async def show(request: Request, access: PrivateHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Each tier's threshold with the runs behind it, and a form to choose others."""
    values = await db.aread(lambda session: _threshold_values(session, access, now), private=True)
    return pages.render(request, "baselines/thresholds.html", viewer, **values)


def _threshold_values(session: Session, access: Access, now: Now) -> Json:
    row = access.competition
    runs = baselines_json.runs(session, baselines.of_competition(session, row.id), now=now)
    finished_runs = [run for run in runs if run["state"] == RunState.SUCCEEDED.value]
    return {
        "tiers": [
            each | {"runs": [run for run in finished_runs if run["tier"] == each["tier"]]}
            for each in baselines_json.thresholds_of(session, row)
        ],
        "decimals": leaderboard.shown(session, row),
    }


@router.post("/competitions/{slug}/baselines/thresholds")
async def choose(
    access: ThresholdHere,
    viewer: Acting,
    db: Db,
    now: Now,
    tier: Annotated[str, Form()] = "",
    choice: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Let a tier's threshold come from the chosen runs."""
    rule, run_id = _rule(choice)
    threshold_choice = Choice(tier, rule, run_id, reason)
    await db.awrite(
        lambda session: thresholds.choose(
            session, threshold_choice, competition=access.competition, by=access.actor, now=now
        ),
        private=True,
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/baselines/thresholds", 303)


def _rule(text: str) -> tuple[ThresholdRule, int | None]:
    """What the form's list says: a rule, or the number of a run."""
    if text.isascii() and text.isdigit():
        return ThresholdRule.ONE_RUN, int(text)
    if text in (ThresholdRule.LATEST, ThresholdRule.ALL_RUNS):
        return ThresholdRule(text), None
    raise Invalid(Message("Choose the latest run, all runs, or one of the runs in the list."))
