"""What staff gave one person by hand: points for items that they checked, adjustments with their reasons."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import iso
from server.models import (
    Competition,
    Course,
    GradeAdjustment,
    GradebookPartner,
    GradeItem,
    ItemPoints,
    LtiContext,
    LtiPlatform,
    LtiScore,
    User,
)

Json = dict[str, Any]


def items(session: Session, user: User) -> list[Json]:
    """The points for items, by competition."""
    rows = session.execute(
        select(ItemPoints, GradeItem.name, Competition.slug)
        .join(GradeItem, GradeItem.id == ItemPoints.item_id)
        .join(Competition, Competition.id == GradeItem.competition_id)
        .where(ItemPoints.user_id == user.id)
        .order_by(Competition.id, GradeItem.place)
    )
    return [
        {"competition": slug, "item": name, "points": row.points, "checked_at": iso(row.checked_at)}
        for row, name, slug in rows
    ]


def adjustments(session: Session, user: User) -> list[Json]:
    """The adjustments, those that were taken back included."""
    rows = session.execute(
        select(GradeAdjustment, Course.slug, Competition.slug)
        .join(Course, Course.id == GradeAdjustment.course_id)
        .outerjoin(Competition, Competition.id == GradeAdjustment.competition_id)
        .where(GradeAdjustment.user_id == user.id)
        .order_by(GradeAdjustment.id)
    )
    return [
        {
            "course": course,
            "competition": slug,
            "points": row.points,
            "factor": row.factor,
            "is_excused": row.is_excused,
            "reason": row.reason,
            "given_at": iso(row.given_at),
            "revoked_at": None if row.revoked_at is None else iso(row.revoked_at),
        }
        for row, course, slug in rows
    ]


def gradebook_keys(session: Session, user: User) -> list[Json]:
    """What other systems call the person in their gradebooks, as staff have confirmed."""
    rows = session.execute(
        select(GradebookPartner, Course.slug)
        .join(Course, Course.id == GradebookPartner.course_id)
        .where(GradebookPartner.user_id == user.id)
        .order_by(GradebookPartner.id)
    )
    return [{"course": slug, "key": row.key, "confirmed_at": iso(row.confirmed_at)} for row, slug in rows]


def platform_scores(session: Session, user: User) -> list[Json]:
    """The points that were sent to learning platforms, or wait for it."""
    rows = session.execute(
        select(LtiScore, LtiPlatform.label, Competition.slug)
        .join(LtiContext, LtiContext.id == LtiScore.context_id)
        .join(LtiPlatform, LtiPlatform.id == LtiContext.platform_id)
        .join(Competition, Competition.id == LtiScore.competition_id)
        .where(LtiScore.user_id == user.id)
        .order_by(LtiScore.id)
    )
    return [
        {
            "platform": label,
            "competition": slug,
            "points": row.points,
            "most": row.most,
            "changed_at": iso(row.changed_at),
            "state": row.state.value,
        }
        for row, label, slug in rows
    ]
