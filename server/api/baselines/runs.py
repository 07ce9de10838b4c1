"""Baseline runs as staff see them: ask for them, watch them."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.baselines import runs as baselines
from server.http.answers import Answer, Created, api_router
from server.http.deps import Db, Identity, Now, PrivateAccess, Viewer
from server.http.scopes import OF_STAFF
from server.serializers.baselines import baselines as baselines_json
from server.serializers.baselines.baselines import RunListJson, WholeRunJson

router = api_router("baselines")


class RunRequest(BaseModel):
    """Which tiers to run, and with which seed or seeds."""

    tiers: Annotated[list[str], Field(min_length=1, max_length=16)]
    seed: int = 0
    seeds: list[int] | None = None


class RerunRequest(BaseModel):
    """With which seed to run a tier again; the same one where none is named."""

    seed: int | None = None


@router.post("/competitions/{slug}/baseline-runs")
async def request_runs(
    body: RunRequest, request: Request, access: PrivateAccess, viewer: Viewer, db: Db, now: Now
) -> Created[RunListJson]:
    """Ask for runs; a worker takes them up."""

    def ask(session: Session) -> list[int]:
        runs = baselines.request_seeds(
            session,
            competition=access.competition,
            tiers=body.tiers,
            seeds=[body.seed] if body.seeds is None else body.seeds,
            by=viewer.actor,
            now=now,
        )
        return [run.id for run in runs]

    ids = await db.awrite(ask)
    await request.app.state.bell.ring_all(ids)
    listed = await db.aread(
        lambda session: baselines_json.runs(
            session, [baselines.get(session, run_id) for run_id in ids], now=now
        ),
        private=True,
    )
    return Created({"runs": listed})


@router.get("/competitions/{slug}/baseline-runs")
async def listed(access: PrivateAccess, db: Db, now: Now) -> Answer[RunListJson]:
    """The competition's runs, the newest first."""
    rows = await db.aread(
        lambda session: baselines_json.runs(
            session, baselines.of_competition(session, access.competition.id), now=now
        ),
        private=True,
    )
    return Answer({"runs": rows})


@router.get("/baseline-runs/{run_id}", openapi_extra=OF_STAFF)
async def one(run_id: int, viewer: Viewer, db: Db, now: Now) -> Answer[WholeRunJson]:
    """One run with its log and its curve, for the course's staff."""
    return Answer(await _whole_run(db, run_id, viewer, now))


@router.post("/baseline-runs/{run_id}/stop")
async def stop(run_id: int, viewer: Viewer, db: Db, now: Now) -> Answer[WholeRunJson]:
    """End a run that waits or trains; 409 when it has ended already."""

    def end(session: Session) -> None:
        baselines.get_for_staff(session, run_id, user=viewer.user, now=now)
        baselines.stop(session, run_id=run_id, by=viewer.actor, now=now)

    await db.awrite(end)
    return Answer(await _whole_run(db, run_id, viewer, now))


@router.post("/baseline-runs/{run_id}/again")
async def again(
    run_id: int, request: Request, viewer: Viewer, db: Db, now: Now, body: RerunRequest | None = None
) -> Created[WholeRunJson]:
    """Ask for a new run of the same tier."""
    seed = None if body is None else body.seed

    def ask(session: Session) -> int:
        baselines.get_for_staff(session, run_id, user=viewer.user, now=now)
        return baselines.run_again(session, run_id=run_id, seed=seed, by=viewer.actor, now=now).id

    new_id = await db.awrite(ask)
    await request.app.state.bell.ring_all([new_id])
    return Created(await _whole_run(db, new_id, viewer, now))


async def _whole_run(db: Db, run_id: int, viewer: Identity, now: datetime) -> WholeRunJson:
    def read(session: Session) -> WholeRunJson:
        row = baselines.get_for_staff(session, run_id, user=viewer.user, now=now)
        return baselines_json.whole_run(session, row, now=now)

    return await db.aread(read, private=True)
