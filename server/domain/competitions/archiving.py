"""Archiving: a competition of a past term stays as it is, readable, and takes nothing."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Closed, Conflict, DomainError
from server.local_time import local_text
from server.models import Competition, Course


class Archived(Closed):
    """The competition is archived, so nothing in it changes any more."""

    code = "archived"

    def __init__(self, archived_at: datetime, zone: str) -> None:
        DomainError.__init__(
            self,
            Message(
                "This competition was archived on {archived_at}: all of it can be read, and nothing in "
                "it changes. An instructor of the course can take it out of the archive.",
                archived_at=local_text(archived_at, zone),
            ),
            details={"archived_at": iso(archived_at)},
        )


def require_live(competition: Competition) -> None:
    """Raise Archived for an archived competition; whatever changes one asks this first."""
    if competition.archived_at is not None:
        raise Archived(competition.archived_at, competition.reset_zone)


def archive(session: Session, *, competition: Competition, reason: str, by: Actor, now: datetime) -> None:
    """Put the competition into the archive; Conflict when it is there already, Invalid without a reason."""
    reason = reasons.required(reason)
    if not _switch(session, competition, to=now):
        raise Conflict(Message("'{slug}' is archived already.", slug=competition.slug))
    _record(session, "competition_archived", competition, reason, by, now)


def unarchive(session: Session, *, competition: Competition, reason: str, by: Actor, now: datetime) -> None:
    """Take the competition out of the archive; raises Conflict when it is not in it.

    Its times decide again what it takes.
    """
    reason = reasons.required(reason)
    if not _switch(session, competition, to=None):
        raise Conflict(Message("'{slug}' is not archived.", slug=competition.slug))
    _record(session, "competition_unarchived", competition, reason, by, now)


def archive_course(
    session: Session, *, course: Course, reason: str, by: Actor, now: datetime
) -> list[Competition]:
    """Archive all of the course's competitions that are not yet; those it archived. Conflict for none."""
    live = session.scalars(
        select(Competition)
        .where(Competition.course_id == course.id, Competition.archived_at.is_(None))
        .order_by(Competition.id)
    ).all()
    if not live:
        raise Conflict(
            Message("The course '{slug}' has no competition that is not archived.", slug=course.slug)
        )
    for competition in live:
        archive(session, competition=competition, reason=reason, by=by, now=now)
    return list(live)


def _switch(session: Session, competition: Competition, *, to: datetime | None) -> bool:
    """Whether this call has put it in (`to` is when) or taken it out, and nobody else was first."""
    present = Competition.archived_at.is_not(None) if to is None else Competition.archived_at.is_(None)
    switched = session.scalar(
        update(Competition)
        .where(Competition.id == competition.id, present)
        .values(archived_at=to)
        .returning(Competition.id)
        .execution_options(synchronize_session=False)
    )
    return switched is not None


def _record(
    session: Session, act: str, competition: Competition, reason: str, by: Actor, now: datetime
) -> None:
    is_archived = act == "competition_archived"
    audit.record(
        session,
        audit.Act(
            act,
            f"competition {competition.slug}",
            competition=competition,
            reason=reason,
            before={"is_archived": not is_archived},
            after={"is_archived": is_archived},
        ),
        by=by,
        now=now,
    )
