"""Half a sign-in: the password was right and the code is to come. It opens the page for that alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotSignedIn
from server.domain.people.accounts import secrets
from server.models import HalfSignIn, User

LIFETIME = timedelta(minutes=5)


class HalfIsOver(NotSignedIn):
    """The password was typed too long ago, or in another browser."""

    def __init__(self) -> None:
        super().__init__(Message("The code came too late. Sign in with your password again."))


@dataclass(frozen=True)
class Half:
    """Whose password was right, and where they wanted to go."""

    user: User
    next_path: str


def begin(session: Session, *, user: User, next_path: str, now: datetime) -> str:
    """The secret of half a sign-in, for the browser's cookie."""
    session.execute(delete(HalfSignIn).where(HalfSignIn.expires_at <= now))
    secret = secrets.new_token("")
    sha256 = secrets.sha256_of(secret)
    expires_at = now + LIFETIME
    session.add(HalfSignIn(sha256=sha256, user_id=user.id, next_path=next_path, expires_at=expires_at))
    session.flush()
    return secret


def half_of(session: Session, *, secret: str, now: datetime) -> Half:
    """The half whose secret this browser has; raises HalfIsOver, for a switched-off account, too."""
    row = session.execute(
        select(HalfSignIn, User)
        .join(User, User.id == HalfSignIn.user_id)
        .where(
            HalfSignIn.sha256 == secrets.sha256_of(secret),
            HalfSignIn.expires_at > now,
            User.is_active.is_(True),
        )
    ).one_or_none()
    if row is None:
        raise HalfIsOver
    half, user = row
    return Half(user, half.next_path)


def end(session: Session, *, secret: str) -> None:
    """Forget a half once it is whole; raises HalfIsOver where another request was first."""
    ended = delete(HalfSignIn).where(HalfSignIn.sha256 == secrets.sha256_of(secret))
    if session.scalar(ended.returning(HalfSignIn.id)) is None:
        raise HalfIsOver
