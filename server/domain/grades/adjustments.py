"""Adjustments: what staff change by hand in one student's points, with a reason that the student reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.homeworks.grade_rules import POINTS_MOST
from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.people.members.member import CoursePerson
from server.models import Competition, Course, GradeAdjustment, Role

FACTOR_MOST = 10.0


@dataclass(frozen=True)
class AdjustmentOrder:
    """What shall change: in one homework, or in the course's total (slug ""), and why.

    The points become `factor` times themselves, plus `points`; excused: the homework counts neither for nor
    against the student.
    """

    slug: str
    points: float
    factor: float
    is_excused: bool
    reason: str


def adjust(
    session: Session,
    order: AdjustmentOrder,
    *,
    course: Course,
    about: CoursePerson,
    by: Actor,
    now: datetime,
) -> GradeAdjustment:
    """Adjust the points of a student; Invalid for no reason, no change, or beyond the bounds."""
    reason = reasons.required(order.reason)
    _require_sensible(order, about)
    competition = _competition(session, course, order.slug) if order.slug else None
    row = GradeAdjustment(
        course_id=course.id,
        competition_id=None if competition is None else competition.id,
        user_id=about.user.id,
        points=order.points,
        factor=order.factor,
        is_excused=order.is_excused,
        reason=reason,
        given_by=by.user_id,
        given_at=now,
    )
    session.add(row)
    session.flush()
    act, values = _act("points_adjusted", row, competition, reason=reason)
    audit.record(session, replace(act, after=values), by=by, now=now)
    return row


def _require_sensible(order: AdjustmentOrder, about: CoursePerson) -> None:
    if about.member.role is not Role.STUDENT:
        raise Invalid(Message("{name} is no student, and has no points.", name=about.user.display_name))
    if not (abs(order.points) <= POINTS_MOST and 0 <= order.factor <= FACTOR_MOST):
        raise Invalid(
            Message(
                "An adjustment is of at most {points:g} points, and its factor from 0 to {factor:g}.",
                points=POINTS_MOST,
                factor=FACTOR_MOST,
            )
        )
    if order.points == 0 and order.factor == 1 and not order.is_excused:
        raise Invalid(Message("Nothing would change: give points, a factor, or excuse the homework."))
    if order.is_excused and not order.slug:
        raise Invalid(Message("Say which homework is excused: the whole course cannot be."))


def revoke(
    session: Session, *, course: Course, adjustment_id: int, reason: str, by: Actor, now: datetime
) -> None:
    """Take an adjustment back; Conflict where that was done before, NotFound where there is none here."""
    reason = reasons.required(reason)
    row = session.get(GradeAdjustment, adjustment_id)
    if row is None or row.course_id != course.id:
        raise NotFound(Message("There is no such adjustment in this course."))
    mine = session.scalar(
        update(GradeAdjustment)
        .where(GradeAdjustment.id == row.id, GradeAdjustment.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(GradeAdjustment.id)
    )
    if mine is None:
        raise Conflict(Message("This adjustment was taken back before."))
    competition = None if row.competition_id is None else session.get_one(Competition, row.competition_id)
    act, values = _act("adjustment_revoked", row, competition, reason=reason)
    audit.record(session, replace(act, before=values), by=by, now=now)


def adjustments_of(session: Session, *, course_id: int, user_id: int) -> Sequence[GradeAdjustment]:
    """All of a student's in the course, those that were taken back too, the newest first."""
    return session.scalars(
        select(GradeAdjustment)
        .where(GradeAdjustment.course_id == course_id, GradeAdjustment.user_id == user_id)
        .order_by(GradeAdjustment.id.desc())
    ).all()


def _competition(session: Session, course: Course, slug: str) -> Competition:
    row = session.scalar(
        select(Competition).where(Competition.course_id == course.id, Competition.slug == slug)
    )
    if row is None:
        raise NotFound(Message("There is no competition '{slug}' in this course.", slug=slug))
    return row


def _act(
    name: str, row: GradeAdjustment, competition: Competition | None, *, reason: str
) -> tuple[audit.Act, dict[str, float]]:
    """The act about this adjustment, to be told what it was or is, and those values."""
    act = audit.Act(
        name, person(row.user_id), competition=competition, course_id=row.course_id, reason=reason
    )
    return act, {"points": row.points, "factor": row.factor, "excused": row.is_excused}
