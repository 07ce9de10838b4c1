"""Courses of a platform and the courses here that they are linked with, by an instructor of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, delete, exists, literal, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, table_of, upsert
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, NotFound
from server.domain.lti.launches import Launch
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.sign_on.identities import OF_PLATFORMS
from server.models import (
    Course,
    LinkedIdentity,
    LtiContext,
    LtiItem,
    LtiMember,
    LtiPlatform,
    LtiScore,
    Role,
    User,
)

_CONTEXT, _MEMBER = table_of(LtiContext), table_of(LtiMember)


@dataclass(frozen=True)
class LinkedContext:
    """A course of a platform that is linked with one here."""

    context: LtiContext
    platform: LtiPlatform


def note_launch(
    session: Session, launch: Launch, *, platform: LtiPlatform, now: datetime
) -> LtiContext | None:
    """Keep from which course somebody came, and where its services are; the course, None where it is none.

    A course that is not linked yet is kept from the first launch of one of its instructors on.
    """
    course = launch.context
    if course is None:
        return None
    named = {
        "platform_id": platform.id,
        "deployment_id": launch.deployment_id,
        "context_id": course.context_id,
    }
    if launch.is_instructor:
        new = named | {
            "title": course.title,
            "members_url": "",
            "items_url": "",
            "scopes": [],
            "launched_at": now,
        }
        execute(session, upsert(_CONTEXT).on_conflict_do_nothing(index_elements=list(named)), new)
    context = session.scalar(select(LtiContext).filter_by(**named).with_for_update())
    if context is None:
        return None
    context.title, context.launched_at = course.title, now
    context.members_url = course.members_url or context.members_url
    context.items_url = course.items_url or context.items_url
    context.scopes = list(course.scopes) or context.scopes
    session.add(context)
    session.flush()
    keep_member(session, context, subject=launch.identity.subject, is_instructor=launch.is_instructor)
    return context


def keep_member(session: Session, context: LtiContext, *, subject: str, is_instructor: bool) -> None:
    """Note who is in a course of the platform, and whether as its instructor."""
    values = {"context_id": context.id, "subject": subject, "is_instructor": is_instructor}
    changed = upsert(_MEMBER).on_conflict_do_update(
        index_elements=["context_id", "subject"], set_={"is_instructor": is_instructor}
    )
    execute(session, changed, values)


def linkable(session: Session, context_id: int, *, user: User) -> tuple[LinkedContext, Sequence[Membership]]:
    """A course of a platform that has no course here yet, and the courses that `user` may link with it.

    Raises NotFound for whoever has not come from it as its instructor, Conflict where it is linked.
    """
    rows = session.execute(
        select(LtiContext, LtiPlatform)
        .join(LtiPlatform, LtiPlatform.id == LtiContext.platform_id)
        .where(LtiContext.id == context_id, _came_as_instructor(user))
    ).one_or_none()
    if rows is None:
        raise NotFound(
            Message(
                "You have not come here from this course of a learning platform as its instructor. Follow "
                "the link there first."
            )
        )
    context, platform = rows
    if context.course_id is not None:
        raise Conflict(Message("'{title}' is linked with a course here already.", title=context.title))
    own = [each for each in courses.courses_of(session, user=user) if each.role is Role.INSTRUCTOR]
    return LinkedContext(context, platform), own


def _came_as_instructor(user: User) -> ColumnElement[bool]:
    return exists().where(
        LtiMember.context_id == LtiContext.id,
        LtiMember.is_instructor.is_(True),
        LinkedIdentity.subject == LtiMember.subject,
        LinkedIdentity.issuer == literal(OF_PLATFORMS) + cast(LtiPlatform.id, String),
        LinkedIdentity.user_id == user.id,
    )


def link(session: Session, *, context_id: int, course_slug: str, user: User, now: datetime) -> Course:
    """Link a course of a platform with one here, as an instructor of both. Raises NotFound, Conflict."""
    linked, _ = linkable(session, context_id, user=user)
    course = courses.as_instructor(session, slug=course_slug, user=user)
    taken = session.execute(
        update(LtiContext)
        .where(LtiContext.id == context_id, LtiContext.course_id.is_(None))
        .values(course_id=course.id, linked_at=now)
        .returning(LtiContext.id)
    ).scalar()
    if taken is None:
        raise Conflict(Message("'{title}' is linked with a course here already.", title=linked.context.title))
    _record(session, "platform_linked", linked, course, by=Actor(user.id), now=now)
    return course


def unlink(session: Session, *, context_id: int, course: Course, by: Actor, now: datetime) -> None:
    """End the link of a course with one of a platform; what was sent there stays there."""
    linked = linked_context(session, context_id=context_id, course=course)
    session.execute(delete(LtiMember).where(LtiMember.context_id == context_id, ~LtiMember.is_instructor))
    for table in (LtiScore, LtiItem):
        session.execute(delete(table).where(table.context_id == context_id))
    session.execute(
        update(LtiContext).where(LtiContext.id == context_id).values(course_id=None, linked_at=None)
    )
    _record(session, "platform_unlinked", linked, course, by=by, now=now)


def linked_contexts(session: Session, *, course: Course) -> list[LinkedContext]:
    """The courses of platforms that this course is linked with, the first linked first."""
    rows = session.execute(
        select(LtiContext, LtiPlatform)
        .join(LtiPlatform, LtiPlatform.id == LtiContext.platform_id)
        .where(LtiContext.course_id == course.id)
        .order_by(LtiContext.linked_at, LtiContext.id)
    )
    return [LinkedContext(*row) for row in rows]


def linked_context(session: Session, *, context_id: int, course: Course) -> LinkedContext:
    """One of the courses that this one is linked with; raises NotFound."""
    for each in linked_contexts(session, course=course):
        if each.context.id == context_id:
            return each
    raise NotFound(Message("This course is not linked with that one of a learning platform."))


def _record(
    session: Session, act: str, linked: LinkedContext, course: Course, *, by: Actor, now: datetime
) -> None:
    details = {"label": linked.platform.label, "title": linked.context.title}
    entry = audit.Act(act, f"course {course.slug}", course_id=course.id, details=details)
    audit.record(session, entry, by=by, now=now)
