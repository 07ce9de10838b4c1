"""What the baselines took and would take elsewhere, for everybody who sees the competition."""

from fastapi import APIRouter

from server.http.deps import Db, Now, ViewerAccess
from server.serializers import baselines as shapes_baselines
from server.serializers.values import Json

router = APIRouter()


@router.get("/competitions/{slug}/costs")
async def show(found: ViewerAccess, db: Db, now: Now) -> Json:
    """Each tier's scores over its runs, time, memory, energy, devices, and estimates for other devices."""
    tiers = await db.aread(
        lambda session: shapes_baselines.tier_costs(session, found, now=now), private=found.sees_private(now)
    )
    return {"tiers": tiers}
