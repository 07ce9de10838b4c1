"""Partners that staff have confirmed: who a row of another system's gradebook is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Invalid, NotFound
from server.models import Course, GradebookPartner, Member, Role, User

KEY_MOST = 200  # characters


@dataclass(frozen=True)
class ConfirmedPartner:
    """A key of another system, and the names of who it is and of whoever confirmed it ("" for a command)."""

    row: GradebookPartner
    name: str
    by: str


def confirmed_keys(session: Session, *, course_id: int) -> Mapping[str, int]:
    """The user ids of the course's students by the keys under which another system has them."""
    rows = session.execute(
        select(GradebookPartner.key, GradebookPartner.user_id).where(GradebookPartner.course_id == course_id)
    ).all()
    return dict(rows)


def of_course(session: Session, *, course: Course) -> list[ConfirmedPartner]:
    """All that were confirmed in the course, by key."""
    rows = session.execute(
        select(GradebookPartner, User.display_name)
        .join(User, User.id == GradebookPartner.user_id)
        .where(GradebookPartner.course_id == course.id)
        .order_by(GradebookPartner.key)
    ).all()
    ids = {row.confirmed_by for row, _ in rows if row.confirmed_by is not None}
    names = dict(session.execute(select(User.id, User.display_name).where(User.id.in_(ids))).all())
    return [ConfirmedPartner(row, name, names.get(row.confirmed_by or 0, "")) for row, name in rows]


def confirm(
    session: Session, *, course: Course, keys: Sequence[str], user_id: int, by: Actor, now: datetime
) -> None:
    """Remember that these keys of one row are this student's; a key that was another's is theirs now.

    Raises Invalid for no key or a person who is no student of the course.
    """
    texts = [key for key in dict.fromkeys(keys) if key.strip()]
    if not texts or max(map(len, texts)) > KEY_MOST:
        raise Invalid(
            Message(
                "The row has no login and no number of at most {most} characters, so it cannot be "
                "remembered. Correct it there.",
                most=KEY_MOST,
            )
        )
    student = session.scalar(
        select(Member.user_id).where(
            Member.course_id == course.id, Member.user_id == user_id, Member.role == Role.STUDENT
        )
    )
    if student is None:
        raise Invalid(Message("There is no such student in this course. Choose one from the list."))
    session.execute(select(Course.id).where(Course.id == course.id).with_for_update())
    former = delete(GradebookPartner).where(
        GradebookPartner.course_id == course.id, GradebookPartner.key.in_(texts)
    )
    session.execute(former)
    for key in texts:
        row = GradebookPartner(
            course_id=course.id, key=key, user_id=user_id, confirmed_by=by.user_id, confirmed_at=now
        )
        session.add(row)
    session.flush()
    _record(session, "partner_confirmed", course, user_id, by=by, now=now)


def revoke(session: Session, *, course: Course, partner_id: int, by: Actor, now: datetime) -> None:
    """Forget one of them; NotFound where the course has no such one."""
    user_id = session.scalar(
        delete(GradebookPartner)
        .where(GradebookPartner.id == partner_id, GradebookPartner.course_id == course.id)
        .returning(GradebookPartner.user_id)
    )
    if user_id is None:
        raise NotFound(Message("This partner was taken back before."))
    _record(session, "partner_revoked", course, user_id, by=by, now=now)


def _record(session: Session, name: str, course: Course, user_id: int, *, by: Actor, now: datetime) -> None:
    """The trail names the account alone: a key may tell who somebody is after their data are deleted."""
    audit.record(session, audit.Act(name, person(user_id), course_id=course.id), by=by, now=now)
