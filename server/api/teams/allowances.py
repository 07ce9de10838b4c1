"""Extensions and grants over the API, for staff."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from sqlalchemy.orm import Session

from server.domain.teams import allowances
from server.domain.teams.allowances import Extension, Grant
from server.http.answers import Answer, Created, api_router
from server.http.deps import Db, GrantAccess, Now
from server.models import Allowance
from server.serializers import teams as teams_json
from server.serializers.teams import AllowanceJson, AllowanceListJson

router = api_router("allowances")


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


class RevocationRequest(BaseModel):
    """Why an allowance is taken back."""

    reason: str


@router.get("/competitions/{slug}/allowances")
async def listed(access: GrantAccess, db: Db) -> Answer[AllowanceListJson]:
    """Every allowance ever given, the newest first."""
    rows = await db.aread(lambda session: teams_json.allowances(session, access.competition))
    return Answer({"allowances": rows})


@router.post("/competitions/{slug}/allowances")
async def give(body: AllowanceRequest, access: GrantAccess, db: Db, now: Now) -> Created[AllowanceJson]:
    """Give extra slots or a later deadline."""

    def work(session: Session) -> Allowance:
        to = allowances.receiver_named(session, competition=access.competition, name=body.to)
        if body.deadline_at is not None:
            extension = Extension(to, body.deadline_at, body.reason)
            return allowances.extend_deadline(
                session, competition=access.competition, extension=extension, by=access.actor, now=now
            )
        grant = Grant(to, body.extra_slots or 0, body.course_day, body.reason)
        return allowances.grant_slots(
            session, competition=access.competition, grant=grant, by=access.actor, now=now
        )

    allowance = await db.awrite(work, private=True)
    return Created(await _allowance(db, access, allowance.id))


@router.post("/competitions/{slug}/allowances/{allowance_id}/revoke")
async def revoke(
    allowance_id: int, body: RevocationRequest, access: GrantAccess, db: Db, now: Now
) -> Answer[AllowanceJson]:
    """Take an allowance back."""
    await db.awrite(
        lambda session: allowances.revoke(
            session,
            competition=access.competition,
            allowance_id=allowance_id,
            reason=body.reason,
            by=access.actor,
            now=now,
        ),
        private=True,
    )
    return Answer(await _allowance(db, access, allowance_id))


async def _allowance(db: Db, access: GrantAccess, allowance_id: int) -> AllowanceJson:
    rows = await db.aread(lambda session: teams_json.allowances(session, access.competition))
    return next(row for row in rows if row["id"] == allowance_id)
