"""What a person has done as staff that no other part of their data tells, for the person to take along."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.clock import iso
from server.models import Announcement, Competition, Course, Draft, DraftStep, Member, User, WithheldRight

Json = dict[str, Any]


def withheld_rights(session: Session, user: User) -> dict[int, list[str]]:
    """The rights that were withheld from the person as a TA, by the course."""
    rows = session.execute(
        select(Member.course_id, WithheldRight.withheld)
        .join(Member, Member.id == WithheldRight.member_id)
        .where(Member.user_id == user.id)
    )
    rights: dict[int, list[str]] = {}
    for course_id, right in rows:
        rights.setdefault(course_id, []).append(right.value)
    return {course_id: sorted(each) for course_id, each in rights.items()}


def announcements(session: Session, user: User) -> list[Json]:
    """The announcements that the person posted, those that were withdrawn too."""
    rows = session.execute(
        select(Announcement, Competition.slug)
        .join(Competition, Competition.id == Announcement.competition_id)
        .where(Announcement.posted_by == user.id)
        .order_by(Announcement.id)
    )
    return [
        {
            "competition": slug,
            "title": str(row.title),
            "body_md": row.body_md,
            "posted_at": iso(row.posted_at),
            "withdrawn_at": None if row.withdrawn_at is None else iso(row.withdrawn_at),
        }
        for row, slug in rows
    ]


def draft_steps(session: Session, user: User) -> list[Json]:
    """The steps of competitions to be that the person saved."""
    rows = session.execute(
        select(DraftStep.name, DraftStep.saved_at, Draft.slug, Course.slug.label("course"))
        .join(Draft, Draft.id == DraftStep.draft_id)
        .join(Course, Course.id == Draft.course_id)
        .where(DraftStep.saved_by == user.id)
        .order_by(DraftStep.id)
    )
    return [
        {"course": row.course, "draft": row.slug, "step": row.name, "saved_at": iso(row.saved_at)}
        for row in rows
    ]
