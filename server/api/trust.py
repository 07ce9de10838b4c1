"""What students can check themselves: the commitment to the answer key."""

from fastapi import APIRouter

from server import shapes, shapes_trust
from server.deps import Db, Found, Now
from server.domain import competitions

router = APIRouter()


@router.get("/competitions/{slug}/commitment")
async def commitment(found: Found, db: Db, now: Now) -> shapes.Json:
    """The commitments to the competition's answer keys; opened from the reveal on."""
    return await db.aread(
        lambda session: shapes_trust.commitment(session, found, now=now),
        private=competitions.is_revealed(found.competition, now),
    )
