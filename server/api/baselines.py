"""Baseline runs as staff see them: ask for them, watch them."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server import shapes, shapes_baselines
from server.deps import Db, FoundStaff, Now, Viewer
from server.domain import baselines, competitions

router = APIRouter()


class RunRequest(BaseModel):
    """Which tiers to run, and with which seed."""

    tiers: Annotated[list[str], Field(min_length=1, max_length=16)]
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


@router.post("/competitions/{slug}/baseline-runs", status_code=201)
async def request_runs(
    wanted: RunRequest, request: Request, found: FoundStaff, who: Viewer, db: Db, now: Now
) -> shapes.Json:
    """Ask for runs; a worker takes them up."""

    def ask(session: Session) -> list[int]:
        runs = baselines.request_runs(
            session,
            competition=found.competition,
            tiers=wanted.tiers,
            seed=wanted.seed,
            by=who.user.id,
            now=now,
        )
        return [run.id for run in runs]

    ids = await db.awrite(ask)
    await request.app.state.bell.ring_all(ids)
    listed = await db.aread(
        lambda session: shapes_baselines.runs(session, [baselines.get(session, run_id) for run_id in ids]),
        private=True,
    )
    return {"runs": listed}


@router.get("/competitions/{slug}/baseline-runs")
async def listed(found: FoundStaff, db: Db) -> shapes.Json:
    """The competition's runs, the newest first."""
    return {
        "runs": await db.aread(
            lambda session: shapes_baselines.runs(
                session, baselines.of_competition(session, found.competition.id)
            ),
            private=True,
        )
    }


@router.get("/baseline-runs/{run_id}")
async def one(run_id: int, who: Viewer, db: Db, now: Now) -> shapes.Json:
    """One run with its log and its curve, for the course's staff."""

    def look(session: Session) -> shapes.Json:
        found = baselines.get(session, run_id)
        competitions.require_staff(competitions.access(session, slug=found[2].slug, user=who.user, now=now))
        return shapes_baselines.whole_run(session, found)

    return await db.aread(look, private=True)
