"""Baseline runs for staff: ask for them, watch them, read what they cost."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.parted_text import PartedText
from server.domain.baselines import runs as baselines
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.http.deps import Db, Now
from server.models import RunState, User
from server.serializers.baselines import baselines as baselines_json
from server.serializers.baselines import costs as costs_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.charts.curves import curve_charts
from server.web.rendering.forms import Acting
from server.web.rendering.pages import PrivateHere, ViewerHere

ACTIVE = {RunState.REQUESTED.value, RunState.RUNNING.value}
router = APIRouter()


@router.get("/competitions/{slug}/baselines")
async def listed(request: Request, access: PrivateHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The form that asks for runs, and all runs with their progress."""
    values = await db.aread(lambda session: _run_list_values(session, access, now), private=True)
    return pages.render(request, "baselines/list.html", viewer, **values)


def _run_list_values(session: Session, access: Access, now: datetime) -> Json:
    row = access.competition
    states = baselines.tier_states(session, row.id)
    runs = baselines_json.runs(session, baselines.of_competition(session, row.id), now=now)
    return {
        "runs": runs,
        "has_active": any(run["state"] in ACTIVE for run in runs),
        "tiers": [
            {
                "name": tier.name.value,
                "hint": PartedText(tier.hint),
                "minutes": tier.minutes,
                "hardware": tier.hardware,
                "needs_torch": tier.needs_torch,
                "state": states.get(tier.name, "not requested"),
            }
            for tier in competitions.tiers_of(session, row.id)
        ],
        "decimals": leaderboard.shown(session, row),
    }


@router.post("/competitions/{slug}/baselines")
async def request_runs(
    request: Request,
    access: PrivateHere,
    viewer: Acting,
    db: Db,
    now: Now,
    tiers: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
    seeds: Annotated[str, Form()] = "0",
) -> Response:
    """Ask for runs of the ticked tiers; a worker takes them up."""

    def ask(session: Session) -> list[int]:
        runs = baselines.request_seeds(
            session,
            competition=access.competition,
            tiers=tiers,
            seeds=baselines.seeds_in(seeds),
            by=viewer.actor,
            now=now,
        )
        return [run.id for run in runs]

    await request.app.state.bell.ring_all(await db.awrite(ask))
    return RedirectResponse(f"/competitions/{access.competition.slug}/baselines", 303)


@router.get("/baseline-runs/{run_id}")
async def one(request: Request, run_id: int, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """One run: progress, log, cost, versions."""
    access, values = await db.aread(
        lambda session: _run_values(session, run_id, viewer.user, now), private=True
    )
    pages.stand_in(request, access, now)
    charts = curve_charts(values["run"]["curve"], pages.catalogue_of(request, viewer))
    return pages.render(request, "baselines/show.html", viewer, charts=charts, **values)


@router.post("/baseline-runs/{run_id}/stop")
async def stop(run_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """End a run that waits or trains."""

    def end(session: Session) -> None:
        baselines.get_for_staff(session, run_id, user=viewer.user, now=now)
        baselines.stop(session, run_id=run_id, by=viewer.actor, now=now)

    await db.awrite(end)
    return RedirectResponse(f"/baseline-runs/{run_id}", 303)


@router.post("/baseline-runs/{run_id}/again")
async def again(
    request: Request,
    run_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    seed: Annotated[int | None, Form()] = None,
) -> Response:
    """Ask for a new run of the same tier."""

    def ask(session: Session) -> int:
        baselines.get_for_staff(session, run_id, user=viewer.user, now=now)
        return baselines.run_again(session, run_id=run_id, seed=seed, by=viewer.actor, now=now).id

    new_id = await db.awrite(ask)
    await request.app.state.bell.ring_all([new_id])
    return RedirectResponse(f"/baseline-runs/{new_id}", 303)


def _run_values(session: Session, run_id: int, user: User, now: datetime) -> tuple[Access, Json]:
    run = baselines.get_for_staff(session, run_id, user=user, now=now)
    access = competitions.access(session, slug=run[2].slug, user=user, now=now)
    shape = baselines_json.whole_run(session, run, now=now)
    return access, {
        "run": shape,
        "costs": [
            each for each in costs_json.tier_costs(session, access, now=now) if each["tier"] == shape["tier"]
        ],
        "is_active": shape["state"] in ACTIVE,
        "decimals": leaderboard.shown(session, access.competition),
    }
