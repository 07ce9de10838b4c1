"""How a course counts, over the API: read, tried, changed with a reason."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.grades import rule_changes
from server.domain.grades.rule_changes import RuleOrder
from server.domain.people.courses import Membership
from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, Now, Viewer
from server.http.scopes import OF_STAFF
from server.serializers import course_grades
from server.serializers.course_grades import GradeRulesJson, RulePreviewJson

RULES = "/courses/{course}/grade-rules"
Value = str | bool | int | float | None
router = api_router("grades")


class ProposedRules(BaseModel):
    """The rules that shall be others, of the course and by competition; `items` replaces all of them."""

    course: dict[str, Value] = {}
    homeworks: dict[str, dict[str, Value | dict[str, float]]] = {}


class CountingRequest(ProposedRules):
    """The same, from which version of the rules, and why."""

    version: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=10_000)]


async def changing(course: str, viewer: Viewer, db: Db) -> Membership:
    """A dependency: the viewer's part in the course, before a body is read; refuses who may not change it."""
    return await db.aread(lambda session: rule_changes.may_change(session, slug=course, user=viewer.user))


Changing = Annotated[Membership, Depends(changing)]


@router.get(RULES, openapi_extra=OF_STAFF)
async def show_rules(own: Changing, db: Db) -> Answer[GradeRulesJson]:
    """The rules as they stand, and how they were changed."""
    return Answer(await db.aread(lambda session: _rules(session, own)))


@router.post(f"{RULES}/preview")
async def preview_rules(body: ProposedRules, own: Changing, db: Db, now: Now) -> Answer[RulePreviewJson]:
    """Whose total would move if the course counted so; changes nothing."""

    def read(session: Session) -> RulePreviewJson:
        competitions, current = rule_changes.current_rules(session, own.course.id)
        tables = rule_changes.as_tables(current, competitions)
        proposed = rule_changes.merged(tables, course=body.course, homeworks=body.homeworks)
        countings = rule_changes.read_tables(proposed, competitions)
        row = rule_changes.previewed(session, countings, course_id=own.course.id, now=now)
        return course_grades.preview(row)

    return Answer(await db.aread(read, private=True), headers=NO_STORE)


@router.put(RULES)
async def change_rules(
    body: CountingRequest, own: Changing, viewer: Viewer, db: Db, now: Now
) -> Answer[GradeRulesJson]:
    """Let the course count so; 409 when the rules are no longer of that version."""

    def work(session: Session) -> GradeRulesJson:
        competitions, current = rule_changes.current_rules(session, own.course.id)
        tables = rule_changes.as_tables(current, competitions)
        proposed = rule_changes.merged(tables, course=body.course, homeworks=body.homeworks)
        order = RuleOrder(proposed, body.version, body.reason)
        rule_changes.change_rules(session, order, course=own.course, by=viewer.actor, now=now)
        return _rules(session, own)

    return Answer(await db.awrite(work))


def _rules(session: Session, own: Membership) -> GradeRulesJson:
    competitions, current = rule_changes.current_rules(session, own.course.id)
    changes = rule_changes.past_changes(session, own.course.id)
    return course_grades.rules(rule_changes.as_tables(current, competitions), changes)
