"""Extensions and grants over the API, for staff."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlalchemy.orm import Session

from server.domain.teams import allowances
from server.domain.teams.allowances import Extension, Grant
from server.http.deps import Db, Now, StaffAccess
from server.models import Allowance
from server.serializers import teams as shapes_teams
from server.serializers.values import Json

router = APIRouter()


class AllowanceRequest(BaseModel):
    """What to give to whom: extra slots, or a later deadline."""

    to: str
    reason: str
    extra_slots: Annotated[int, Field(ge=1)] | None = None
    course_day: date | None = None
    deadline_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "AllowanceRequest":
        if (self.extra_slots is None) == (self.deadline_at is None):
            raise ValueError("give extra_slots or deadline_at, one of them")
        return self


class Revocation(BaseModel):
    """Why an allowance is taken back."""

    reason: str


@router.get("/competitions/{slug}/allowances")
async def listed(found: StaffAccess, db: Db) -> Json:
    """Every allowance ever given, the newest first."""
    rows = await db.aread(lambda session: shapes_teams.allowances(session, found.competition))
    return {"allowances": rows}


@router.post("/competitions/{slug}/allowances", status_code=201)
async def give(wanted: AllowanceRequest, found: StaffAccess, db: Db, now: Now) -> Json:
    """Give extra slots or a later deadline."""

    def work(session: Session) -> Allowance:
        to = allowances.receiver_named(session, competition=found.competition, name=wanted.to)
        if wanted.deadline_at is not None:
            extension = Extension(to, wanted.deadline_at, wanted.reason)
            return allowances.extend_deadline(
                session, competition=found.competition, extension=extension, by=found.actor, now=now
            )
        grant = Grant(to, wanted.extra_slots or 0, wanted.course_day, wanted.reason)
        return allowances.grant_slots(
            session, competition=found.competition, grant=grant, by=found.actor, now=now
        )

    given = await db.awrite(work, private=True)
    return await _shown(db, found, given.id)


@router.post("/competitions/{slug}/allowances/{allowance_id}/revoke")
async def revoke(allowance_id: int, wanted: Revocation, found: StaffAccess, db: Db, now: Now) -> Json:
    """Take an allowance back."""
    await db.awrite(
        lambda session: allowances.revoke(
            session,
            competition=found.competition,
            allowance_id=allowance_id,
            reason=wanted.reason,
            by=found.actor,
            now=now,
        ),
        private=True,
    )
    return await _shown(db, found, allowance_id)


async def _shown(db: Db, found: StaffAccess, allowance_id: int) -> Json:
    rows = await db.aread(lambda session: shapes_teams.allowances(session, found.competition))
    return next(row for row in rows if row["id"] == allowance_id)
