"""Thresholds as staff see and choose them: which runs of a tier count."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.baselines import thresholds
from server.domain.baselines.thresholds import Choice
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, PrivateAccess, ThresholdAccess
from server.models import ThresholdRule
from server.serializers.baselines import baselines as baselines_json
from server.serializers.baselines.baselines import ThresholdListJson

router = api_router("baselines")


class ThresholdRequest(BaseModel):
    """Which runs count from now on, and why; `run_id` goes with the rule one_run."""

    rule: ThresholdRule
    run_id: int | None = None
    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/thresholds")
async def thresholds_of(access: PrivateAccess, db: Db) -> Answer[ThresholdListJson]:
    """Each tier's threshold, by which rule and from which runs it stands."""
    rows = await db.aread(
        lambda session: baselines_json.thresholds_of(session, access.competition), private=True
    )
    return Answer({"thresholds": rows})


@router.put("/competitions/{slug}/thresholds/{tier}")
async def choose_threshold(
    tier: str, body: ThresholdRequest, access: ThresholdAccess, db: Db, now: Now
) -> Answer[ThresholdListJson]:
    """Let a tier's threshold come from other runs; boards, tiers passed and points follow at once."""

    def work(session: Session) -> ThresholdListJson:
        choice = Choice(tier, body.rule, body.run_id, body.reason)
        thresholds.choose(session, choice, competition=access.competition, by=access.actor, now=now)
        return {"thresholds": baselines_json.thresholds_of(session, access.competition)}

    return Answer(await db.awrite(work, private=True))
