"""Baseline runs as staff see them: ask for them, watch them."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.baselines import runs as baselines
from server.http.deps import Db, Now, StaffAccess, Viewer
from server.serializers import baselines as shapes_baselines
from server.serializers.values import Json

router = APIRouter()


class RunRequest(BaseModel):
    """Which tiers to run, and with which seed or seeds."""

    tiers: Annotated[list[str], Field(min_length=1, max_length=16)]
    seed: int = 0
    seeds: list[int] | None = None


class RerunRequest(BaseModel):
    """With which seed to run a tier again; the same one where none is named."""

    seed: int | None = None


@router.post("/competitions/{slug}/baseline-runs", status_code=201)
async def request_runs(
    wanted: RunRequest, request: Request, found: StaffAccess, who: Viewer, db: Db, now: Now
) -> Json:
    """Ask for runs; a worker takes them up."""

    def ask(session: Session) -> list[int]:
        runs = baselines.request_seeds(
            session,
            competition=found.competition,
            tiers=wanted.tiers,
            seeds=[wanted.seed] if wanted.seeds is None else wanted.seeds,
            by=who.actor,
            now=now,
        )
        return [run.id for run in runs]

    ids = await db.awrite(ask)
    await request.app.state.bell.ring_all(ids)
    listed = await db.aread(
        lambda session: shapes_baselines.runs(
            session, [baselines.get(session, run_id) for run_id in ids], now=now
        ),
        private=True,
    )
    return {"runs": listed}


@router.get("/competitions/{slug}/baseline-runs")
async def listed(found: StaffAccess, db: Db, now: Now) -> Json:
    """The competition's runs, the newest first."""
    return {
        "runs": await db.aread(
            lambda session: shapes_baselines.runs(
                session, baselines.of_competition(session, found.competition.id), now=now
            ),
            private=True,
        )
    }


@router.get("/baseline-runs/{run_id}")
async def one(run_id: int, who: Viewer, db: Db, now: Now) -> Json:
    """One run with its log and its curve, for the course's staff."""

    def look(session: Session) -> Json:
        found = baselines.get_for_staff(session, run_id, user=who.user, now=now)
        return shapes_baselines.whole_run(session, found, now=now)

    return await db.aread(look, private=True)


@router.post("/baseline-runs/{run_id}/stop")
async def stop(run_id: int, who: Viewer, db: Db, now: Now) -> Json:
    """End a run that waits or trains; 409 when it has ended already."""

    def end(session: Session) -> None:
        baselines.get_for_staff(session, run_id, user=who.user, now=now)
        baselines.stop(session, run_id=run_id, by=who.actor, now=now)

    await db.awrite(end)
    return await one(run_id, who, db, now)


@router.post("/baseline-runs/{run_id}/again", status_code=201)
async def again(
    run_id: int, request: Request, who: Viewer, db: Db, now: Now, wanted: RerunRequest | None = None
) -> Json:
    """Ask for a new run of the same tier."""
    seed = None if wanted is None else wanted.seed

    def ask(session: Session) -> int:
        baselines.get_for_staff(session, run_id, user=who.user, now=now)
        return baselines.run_again(session, run_id=run_id, seed=seed, by=who.actor, now=now).id

    new_id = await db.awrite(ask)
    await request.app.state.bell.ring_all([new_id])
    return await one(new_id, who, db, now)
