"""What the baselines took and would take elsewhere, for everybody who sees the competition."""

from fastapi import APIRouter

from server import shapes_costs
from server.deps import Db, Found, Now
from server.shapes import Json

router = APIRouter()


@router.get("/competitions/{slug}/costs")
async def show(found: Found, db: Db, now: Now) -> Json:
    """Each tier's scores over its runs, time, memory, energy, devices, and estimates for other devices."""
    tiers = await db.aread(
        lambda session: shapes_costs.tier_costs(session, found, now=now), private=found.sees_private(now)
    )
    return {"tiers": tiers}
