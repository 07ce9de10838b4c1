"""Finding a student of a course by what people call them: user name, student number or mail address."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.roster.rows import number_key
from server.models import Member, Role, User


def students_named(session: Session, *, course_id: int, text: str) -> list[User]:
    """The active students of the course whose user name, student number or mail address this is.

    Case, width and blanks around do not matter, as in a roster.
    """
    words = number_key(text).strip()
    if not words or len(text) > NAME_MOST:
        return []
    rows = session.execute(
        select(User.id, User.username_key, Member.student_number, User.email)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.course_id == course_id,
            Member.is_active.is_(True),
            Member.role == Role.STUDENT,
        )
    )
    ids = [
        row.id
        for row in rows
        if words in (row.username_key, number_key(row.student_number or ""), _folded(row.email))
    ]
    return list(session.scalars(select(User).where(User.id.in_(ids)).order_by(User.id)))


def _folded(address: str) -> str:
    return unicodedata.normalize("NFKC", address).casefold().strip()
