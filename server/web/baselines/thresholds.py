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
from server.services.baselines import thresholds as tier_thresholds
from server.services.grading.context import GradingContext
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field, form_with_files
from server.web.rendering.pages import PrivateHere, ThresholdHere, ViewerHere
from server.web.setup.drafts.page import FILE_MOST, required_file

HERE = "/competitions/{slug}/baselines/thresholds"
router = APIRouter()


@router.get(HERE)
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


@router.post(HERE)
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
    return RedirectResponse(HERE.format(slug=access.competition.slug), 303)


@router.post(f"{HERE}/file", max_body_size=FILE_MOST)
async def take_file(request: Request, access: ThresholdHere, viewer: ViewerHere) -> Response:
    """Let a tier's threshold be what a file of predictions scores."""
    context: GradingContext = request.app.state.context
    competition = access.competition
    async with form_with_files(request, viewer, max_files=1, max_fields=4) as form:
        data = await required_file(form, "file")
        tier, reason = field(form, "tier"), field(form, "reason")
    await context.in_thread(
        lambda: tier_thresholds.set_from_bytes(
            context, data, tier=tier, competition=competition, reason=reason, by=access.actor
        )
    )
    return RedirectResponse(HERE.format(slug=competition.slug), 303)


def _rule(text: str) -> tuple[ThresholdRule, int | None]:
    """What the form's list says: a rule, or the number of a run."""
    if text.isascii() and text.isdigit():
        return ThresholdRule.ONE_RUN, int(text)
    if text in (ThresholdRule.LATEST, ThresholdRule.ALL_RUNS):
        return ThresholdRule(text), None
    raise Invalid(Message("Choose the latest run, all runs, or one of the runs in the list."))
