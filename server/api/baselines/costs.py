"""What the baselines took and would take elsewhere, for everybody who sees the competition."""

from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, ViewerAccess
from server.serializers.baselines import costs as costs_json
from server.serializers.baselines.costs import TierCostListJson

router = api_router("baselines")


@router.get("/competitions/{slug}/costs")
async def costs(access: ViewerAccess, db: Db, now: Now) -> Answer[TierCostListJson]:
    """Each tier's scores over its runs, time, memory, energy, devices, and estimates for other devices."""
    tiers = await db.aread(
        lambda session: costs_json.tier_costs(session, access, now=now), private=access.sees_private(now)
    )
    return Answer({"tiers": tiers})
