"""One member of a course, active or not, as its staff look at them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotFound
from server.models import Course, Member, User


@dataclass(frozen=True)
class CoursePerson:
    """A person, and their part in one course, which may be over."""

    user: User
    member: Member


def person_in(session: Session, *, course: Course, user_id: int) -> CoursePerson:
    """The person with this account in the course, active or not; NotFound for all others."""
    row = session.execute(
        select(User, Member)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == course.id, Member.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound(
            Message("There is no person {user_id} in the course '{slug}'.", user_id=user_id, slug=course.slug)
        )
    return CoursePerson(row[0], row[1])
