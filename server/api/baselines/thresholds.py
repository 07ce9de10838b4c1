"""Thresholds as staff see and choose them: which runs of a tier count."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.baselines import thresholds
from server.domain.baselines.thresholds import Choice
from server.http.deps import Db, Now, StaffAccess
from server.models import ThresholdRule
from server.serializers import baselines as shapes_baselines
from server.serializers.values import Json

router = APIRouter()


class ChoiceRequest(BaseModel):
    """Which runs count from now on, and why; `run_id` goes with the rule one_run."""

    rule: ThresholdRule
    run_id: int | None = None
    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/thresholds")
async def show(found: StaffAccess, db: Db) -> Json:
    """Each tier's threshold, by which rule and from which runs it stands."""
    return await db.aread(
        lambda session: {"thresholds": shapes_baselines.thresholds_of(session, found.competition)},
        private=True,
    )


@router.put("/competitions/{slug}/thresholds/{tier}")
async def choose(tier: str, wanted: ChoiceRequest, found: StaffAccess, db: Db, now: Now) -> Json:
    """Let a tier's threshold come from other runs; boards, tiers passed and points follow at once."""

    def work(session: Session) -> Json:
        choice = Choice(tier, wanted.rule, wanted.run_id, wanted.reason)
        thresholds.choose(session, choice, competition=found.competition, by=found.actor, now=now)
        return {"thresholds": shapes_baselines.thresholds_of(session, found.competition)}

    return await db.awrite(work, private=True)
