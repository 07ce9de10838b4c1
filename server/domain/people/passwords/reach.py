"""Whom a course's staff may hand a link: its students, who are nothing else anywhere.

Whoever opens a link acts as its owner in every course, so a course hands out none for people whom another one
knows. Those get theirs by mail, at the address that they had, or from an admin.
"""

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from server.models import Course, Member, Role, User


def is_of_one_course(course: Course) -> ColumnElement[bool]:
    """Whether a user has no part, now or before, in another course than this."""
    return ~exists().where(Member.user_id == User.id, Member.course_id != course.id)


def may_be_handed(session: Session, *, user: User, course_id: int) -> bool:
    """Whether the staff of this course may see a link that sets the user's password."""
    parts = session.execute(select(Member.course_id, Member.role).where(Member.user_id == user.id)).all()
    return not user.is_admin and {tuple(each) for each in parts} == {(course_id, Role.STUDENT)}
