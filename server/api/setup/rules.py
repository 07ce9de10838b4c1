"""A competition's rules over the API: everybody reads them and their changes, staff change them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.setup import rules
from server.domain.setup.rules import Amendment
from server.http.deps import Db, Now, StaffAccess, ViewerAccess
from server.models import Competition
from server.serializers import competitions as shapes
from server.serializers.values import Json

router = APIRouter()


class ChangeRequest(BaseModel):
    """Which rules to change, by name, from which version of them, and why."""

    changes: dict[str, str | bool | int | float | None]
    version: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/rules")
async def show(found: ViewerAccess, db: Db) -> Json:
    """The rules as they stand, and how they were changed."""
    return await db.aread(lambda session: shapes.rule_list(session, found.competition))


@router.put("/competitions/{slug}/rules")
async def change(wanted: ChangeRequest, found: StaffAccess, db: Db, now: Now) -> Json:
    """Change some rules; 409 when they are no longer of that version."""

    def work(session: Session) -> Json:
        amendment = Amendment(wanted.changes, wanted.version, wanted.reason)
        rules.change_rules(session, amendment, competition=found.competition, by=found.actor, now=now)
        return shapes.rule_list(session, session.get_one(Competition, found.competition.id))

    return await db.awrite(work, private=True)
