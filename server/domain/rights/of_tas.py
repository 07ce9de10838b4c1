"""The rights of TAs: what each may do in their course. Default all; instructors withhold some of one TA.

Who asks whether somebody has a right asks here, or the access to a competition, which has asked here.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Invalid, NotAllowed
from server.models import ALL_RIGHTS, Course, Member, Right, Role, WithheldRight

NO_RIGHTS: frozenset[Right] = frozenset()
WORDS: dict[Right, Message] = {
    Right.SEE_PRIVATE: Message("see private scores before the reveal"),
    Right.SEE_NAMES: Message("see who is behind a team, and their files"),
    Right.RESCORE: Message("correct the answer key and rescore"),
    Right.EXCLUDE: Message("exclude submissions"),
    Right.CHANGE_RULES: Message("change rules and thresholds"),
    Right.GRANT: Message("give extensions and extra submissions"),
    Right.EXPORT: Message("take grades and the audit trail away as files"),
}


def holds(right: Right) -> ColumnElement[bool]:
    """Whether the member of a query has this right as one of the staff: a condition on its row of Member."""
    withheld = exists().where(WithheldRight.member_id == Member.id, WithheldRight.withheld == right)
    return (Member.role == Role.INSTRUCTOR) | ((Member.role == Role.TA) & ~withheld)


def rights_of(session: Session, *, course_id: int, user_id: int, role: Role) -> frozenset[Right]:
    """The rights of a person who has this role in the course; only of a TA anything is asked."""
    if role is not Role.TA:
        return ALL_RIGHTS if role.is_staff else NO_RIGHTS
    rows = session.scalars(
        select(WithheldRight.withheld)
        .join(Member, Member.id == WithheldRight.member_id)
        .where(Member.course_id == course_id, Member.user_id == user_id)
    )
    return ALL_RIGHTS - frozenset(rows)


def require_right(rights: Collection[Right], right: Right) -> None:
    """Raise NotAllowed without this right."""
    if right not in rights:
        raise NotAllowed(
            Message(
                "This takes a right that you do not have: {right}. An instructor of the course can give it.",
                right=WORDS[right],
            )
        )


def give(
    session: Session,
    *,
    course: Course,
    ta: Member,
    rights: Collection[Right],
    by: Actor,
    now: datetime,
) -> None:
    """Let a TA have these rights and no others. Raises Invalid for who is no TA: their role decides."""
    if ta.role is not Role.TA:
        raise Invalid(
            Message("Only a TA has rights of their own: an instructor may do all of it, a student none.")
        )
    before = rights_of(session, course_id=course.id, user_id=ta.user_id, role=Role.TA)
    session.execute(delete(WithheldRight).where(WithheldRight.member_id == ta.id))
    session.add_all(
        WithheldRight(member_id=ta.id, withheld=right) for right in sorted(ALL_RIGHTS - set(rights))
    )
    session.flush()
    act = audit.Act(
        "rights_changed",
        person(ta.user_id),
        course_id=course.id,
        before={"rights": sorted(before)},
        after={"rights": sorted(rights)},
    )
    audit.record(session, act, by=by, now=now)
