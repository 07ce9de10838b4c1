"""A competition's rules over the API: everybody reads them and their changes, staff change them."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.setup import rules
from server.domain.setup.rules import Amendment
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, RuleAccess, ViewerAccess
from server.models import Competition
from server.serializers import competitions as competitions_json
from server.serializers.competitions import RuleListJson

router = api_router("rules")


class RuleChangeRequest(BaseModel):
    """Which rules to change, by name, from which version of them, and why."""

    changes: dict[str, str | bool | int | float | None]
    version: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=10_000)]


@router.get("/competitions/{slug}/rules")
async def show(access: ViewerAccess, db: Db) -> Answer[RuleListJson]:
    """The rules as they stand, and how they were changed; `leaks_accepted` is for staff alone."""
    rules_for = competitions_json.staff_rule_list if access.role.is_staff else competitions_json.rule_list
    return Answer(await db.aread(lambda session: rules_for(session, access.competition)))


@router.put("/competitions/{slug}/rules")
async def change(body: RuleChangeRequest, access: RuleAccess, db: Db, now: Now) -> Answer[RuleListJson]:
    """Change some rules; 409 when they are no longer of that version."""

    def work(session: Session) -> RuleListJson:
        amendment = Amendment(body.changes, body.version, body.reason)
        rules.change_rules(session, amendment, access=access, now=now)
        return competitions_json.staff_rule_list(session, session.get_one(Competition, access.competition.id))

    return Answer(await db.awrite(work, private=True))
