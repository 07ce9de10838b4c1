"""Web sessions, with which browsers prove themselves. Only the hashes of their cookies are stored."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from grader.messages import Message
from server.domain.errors import NotSignedIn
from server.domain.people.accounts import secrets as account_secrets
from server.domain.people.accounts.sessions import OpenedFrom
from server.models import Notice, SessionWay, User, WebSession

RENEWED_EVERY = timedelta(minutes=5)  # how exact a session's idle end is
SESSION_DAYS = 7  # a session ends then, however busy
UNKNOWN = OpenedFrom()

_UNREAD = (
    select(func.count())
    .where(Notice.user_id == User.id, Notice.read_at.is_(None))
    .correlate(User)
    .scalar_subquery()
)
_VISITOR = (
    select(WebSession, User, _UNREAD)
    .join(User, User.id == WebSession.user_id)
    .where(
        WebSession.sha256 == bindparam("sha256"),
        WebSession.expires_at > bindparam("now"),
        User.is_active.is_(True),
    )
)

_OWNER = aliased(User)
# The id of the owner alone, for statements that read for them and ask more at once.
VISITOR_ID = (
    select(WebSession.user_id)
    .join(_OWNER, _OWNER.id == WebSession.user_id)
    .where(
        WebSession.sha256 == bindparam("sha256"),
        WebSession.expires_at > bindparam("now"),
        WebSession.way != SessionWay.PROXY,  # which takes a look at the request's header, too
        # Who has to choose a password of their own is led there first.
        or_(WebSession.way != SessionWay.PASSWORD, _OWNER.password_is_initial.is_(False)),
    )
    .scalar_subquery()
)


@dataclass(frozen=True)
class NewSession:
    """A session just opened, and its cookie's secret."""

    web_session: WebSession
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Visitor:
    """Whose session a request carries; `is_worth_renewing` when its idle end may be moved on.

    unread: how many notices they have not read, counted with the session, so that no page asks once more.
    """

    user: User
    web_session: WebSession
    unread: int
    is_worth_renewing: bool


def note_presence(session: Session, of: ColumnElement[bool], *, now: datetime) -> None:
    """Remember that a person was here at `now`; a late note does not overwrite a newer one."""
    is_later = or_(User.last_seen_at.is_(None), User.last_seen_at < now)
    session.execute(
        update(User).where(of, is_later).values(last_seen_at=now).execution_options(synchronize_session=False)
    )


def open_session(
    session: Session,
    *,
    user: User,
    idle: timedelta,
    now: datetime,
    opened_from: OpenedFrom = UNKNOWN,
    way: SessionWay = SessionWay.PASSWORD,
) -> NewSession:
    """A new session of `user` in one browser. way: what has proved that it is theirs.

    It ends after `idle` without a request, and after a week at last.
    """
    session.execute(delete(WebSession).where(WebSession.user_id == user.id, WebSession.expires_at <= now))
    secret = secrets.token_urlsafe(account_secrets.TOKEN_BYTES)
    opened = WebSession(
        user_id=user.id,
        sha256=account_secrets.sha256_of(secret),
        form_token=secrets.token_urlsafe(account_secrets.TOKEN_BYTES),
        way=way,
        browser=opened_from.browser,
        network=opened_from.network,
        created_at=now,
        seen_at=now,
        expires_at=now + idle,
    )
    session.add(opened)
    session.flush()
    note_presence(session, User.id == user.id, now=now)
    return NewSession(opened, secret)


def close_session(session: Session, *, secret: str) -> None:
    """Sign one browser out; closing a session twice is no error."""
    session.execute(delete(WebSession).where(WebSession.sha256 == account_secrets.sha256_of(secret)))


def visitor(session: Session, *, secret: str, idle: timedelta, now: datetime) -> Visitor:
    """Whose session this is; NotSignedIn when it is unknown or over, or the account is switched off.

    Reads only. When `is_worth_renewing`, the edge calls `renew_session` in a transaction of its own.
    """
    row = session.execute(_VISITOR, {"sha256": account_secrets.sha256_of(secret), "now": now}).one_or_none()
    if row is None:
        raise NotSignedIn(Message("Your session is over. Sign in again."))
    web_session, user, unread = row
    renewed = _idle_end(web_session, idle, now)
    return Visitor(user, web_session, unread, renewed - web_session.expires_at >= RENEWED_EVERY)


def renew_session(session: Session, *, web_session: WebSession, idle: timedelta, now: datetime) -> None:
    """Move the session's idle end on; never beyond a week after it was opened."""
    renewed = _idle_end(web_session, idle, now)
    session.execute(
        update(WebSession)
        .where(WebSession.id == web_session.id, WebSession.expires_at < renewed)
        .values(expires_at=renewed, seen_at=now)
    )
    note_presence(session, User.id == web_session.user_id, now=now)


def _idle_end(web_session: WebSession, idle: timedelta, now: datetime) -> datetime:
    return min(now + idle, web_session.created_at + timedelta(days=SESSION_DAYS))
