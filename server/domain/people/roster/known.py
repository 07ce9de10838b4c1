"""The accounts that a roster and its course know, by the key of their user names."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.people.accounts.accounts import username_key
from server.domain.people.roster.rows import RosterRow
from server.models import Course, Member, User

ASKED_AT_ONCE = 500  # user names in one query; SQLite's limit on variables is higher


class KnownAccount(NamedTuple):
    """An account that the course or the file names, and its part in the course."""

    user: User
    member: Member | None
    is_ours: bool  # known to no other course, so that this one may correct name and address


def known_accounts(session: Session, course: Course, rows: Iterable[RosterRow]) -> dict[str, KnownAccount]:
    """Everybody in the course or in the file who has an account, by the key of their user name."""
    members = {
        user.username_key: (user, member)
        for member, user in session.execute(
            select(Member, User).join(User, User.id == Member.user_id).where(Member.course_id == course.id)
        )
    }
    users = {key: user for key, (user, _) in members.items()}
    keys = sorted({username_key(row.username) for row in rows} - users.keys())
    for start in range(0, len(keys), ASKED_AT_ONCE):
        query = select(User).where(User.username_key.in_(keys[start : start + ASKED_AT_ONCE]))
        users |= {user.username_key: user for user in session.scalars(query)}
    elsewhere = set(session.scalars(select(Member.user_id).where(Member.course_id != course.id).distinct()))
    return {
        key: KnownAccount(
            user,
            members[key][1] if key in members else None,
            key in members and user.id not in elsewhere and not user.is_admin,
        )
        for key, user in users.items()
    }
