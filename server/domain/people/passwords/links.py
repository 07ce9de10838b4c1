"""Links by which their owners set a password: of 256 random bits, kept as a hash, used once.

Of each kind a person has one at the most: a new one takes the place of the old one, and a password that is
set, by whatever way, removes them all. Using one deletes its row, so of two at once the database lets one
through.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, table_of, upsert
from server.domain.audit.actor import Actor
from server.domain.errors import NotFound
from server.domain.people.accounts import accounts, secrets
from server.domain.people.accounts.accounts import PasswordWay
from server.domain.people.passwords.reach import may_be_handed
from server.models import LinkKind, PasswordLink, User

LIFETIMES = {LinkKind.INVITATION: timedelta(days=7), LinkKind.RESET: timedelta(hours=1)}
PAGE, FIELD = "/set-password", "link"  # where a link leads, and the field of its address that is the secret
SECRET = re.compile(r"[\w-]{43}", re.ASCII)
MADE_AT_ONCE = 500
REPLACED = ("sha256", "made_at", "expires_at", "handed_by_course")
_LINK = table_of(PasswordLink)


class LinkIsOver(NotFound):
    """The link is unknown, used, replaced or too old: one sentence for all of these."""

    code = "link_is_over"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "This link does not work any more: it was used, a newer one was made, or its time is over. "
                "Ask for a new one."
            )
        )


@dataclass(frozen=True)
class NewLink:
    """A link just made: whose, how long it works, and its secret, which nobody can show again."""

    user_id: int
    expires_at: datetime
    secret: str = field(repr=False)

    def address(self, origin: str) -> str:
        """The whole address that its owner opens; `origin` is the installation's."""
        return address(origin, self.secret)


def address(origin: str, secret: str) -> str:
    """The address of the link with this secret."""
    return f"{origin.rstrip('/')}{PAGE}?{FIELD}={secret}"


def require_secret(text: str) -> None:
    """Raise LinkIsOver for what can be no link's secret."""
    if not SECRET.fullmatch(text):
        raise LinkIsOver


def make(
    session: Session,
    *,
    user_ids: Iterable[int],
    kind: LinkKind,
    now: datetime,
    handed_by_course: int | None = None,
) -> list[NewLink]:
    """A link for each of these people, whose earlier one of this kind works no more.

    handed_by_course: the course whose staff will see it; it works only as long as they may.
    """
    expires_at = now + LIFETIMES[kind]
    links = [NewLink(user_id, expires_at, secrets.new_token("")) for user_id in user_ids]
    for start in range(0, len(links), MADE_AT_ONCE):
        rows = upsert(_LINK).values(
            [
                {
                    "user_id": each.user_id,
                    "kind": kind,
                    "sha256": secrets.sha256_of(each.secret),
                    "made_at": now,
                    "expires_at": expires_at,
                    "handed_by_course": handed_by_course,
                }
                for each in links[start : start + MADE_AT_ONCE]
            ]
        )
        replaced = {name: rows.excluded[name] for name in REPLACED}
        execute(session, rows.on_conflict_do_update(index_elements=["user_id", "kind"], set_=replaced), {})
    return links


def owner(session: Session, *, secret: str, now: datetime) -> User:
    """Whom the link lets set a password; raises LinkIsOver. It changes nothing."""
    row = session.execute(
        select(User, PasswordLink.handed_by_course)
        .join(PasswordLink, PasswordLink.user_id == User.id)
        .where(
            PasswordLink.sha256 == secrets.sha256_of(secret),
            PasswordLink.expires_at > now,
            User.is_active.is_(True),
        )
    ).one_or_none()
    if row is None or not _may_still_be_used(session, row.User, row.handed_by_course):
        raise LinkIsOver
    user: User = row.User
    return user


def _may_still_be_used(session: Session, user: User, course_id: int | None) -> bool:
    """Whether whoever was shown the link may still see one: its owner may be staff by now."""
    return course_id is None or may_be_handed(session, user=user, course_id=course_id)


def use(session: Session, *, secret: str, password_hash: str, now: datetime) -> User:
    """Set the password of the link's owner, and end the link and all that the old password opened.

    Raises LinkIsOver where it works no more, or another request has just used it.
    """
    used = (
        delete(PasswordLink)
        .where(PasswordLink.sha256 == secrets.sha256_of(secret), PasswordLink.expires_at > now)
        .returning(PasswordLink.user_id, PasswordLink.kind, PasswordLink.handed_by_course)
    )
    row = session.execute(used).one_or_none()
    user = None if row is None else session.get(User, row.user_id)
    if row is None or user is None or not user.is_active:
        raise LinkIsOver
    if not _may_still_be_used(session, user, row.handed_by_course):
        raise LinkIsOver
    accounts.set_password(
        session,
        user=user,
        password_hash=password_hash,
        by=Actor(user.id),
        now=now,
        way=PasswordWay(row.kind.value),
    )
    return user
