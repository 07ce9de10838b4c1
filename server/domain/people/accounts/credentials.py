"""What a request proves itself with: API tokens and web sessions. Only their hashes are stored."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from server.domain.people.accounts import secrets as account_secrets
from server.domain.people.accounts import security_notices
from server.domain.people.accounts.sessions import OpenedFrom
from server.models import ApiToken, Notice, SecurityChange, SessionWay, TokenKind, User, WebSession

TOKENS_MOST = 50  # live ones a user
NAME_MOST = 200
NOTED_EVERY = timedelta(hours=1)  # how exact `last_used_at` is: a read must not become a write each time
RENEWED_EVERY = timedelta(minutes=5)  # how exact a session's idle end is
SESSION_DAYS = 7  # a session ends then, however busy
UNKNOWN = OpenedFrom()

_BEARER = (
    select(User, ApiToken.id, ApiToken.kind, ApiToken.last_used_at)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.sha256 == bindparam("sha256"), ApiToken.revoked_at.is_(None), User.is_active.is_(True))
)
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

# The ids of their owners alone, for statements that ask more of them at once.
BEARER_ID = (
    select(ApiToken.user_id)
    .where(
        ApiToken.sha256 == bindparam("sha256"),
        ApiToken.revoked_at.is_(None),
        ApiToken.kind == TokenKind.PERSONAL,
    )
    .scalar_subquery()
)
VISITOR_ID = (
    select(WebSession.user_id)
    .where(
        WebSession.sha256 == bindparam("sha256"),
        WebSession.expires_at > bindparam("now"),
        WebSession.way != SessionWay.PROXY,  # which takes a look at the request's header, too
    )
    .scalar_subquery()
)


@dataclass(frozen=True)
class NewToken:
    """A token just made, and its secret, which nobody can show again."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True)
class NewSession:
    """A session just opened, and its cookie's secret."""

    web_session: WebSession
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Bearer:
    """Whose token of which kind a request carries.

    `is_worth_noting` when its last use was noted long ago.
    """

    user: User
    token_id: int
    kind: TokenKind
    is_worth_noting: bool


@dataclass(frozen=True)
class Visitor:
    """Whose session a request carries; `is_worth_renewing` when its idle end may be moved on.

    unread: how many notices they have not read, counted with the session, so that no page asks once more.
    """

    user: User
    web_session: WebSession
    unread: int
    is_worth_renewing: bool


def make_token(session: Session, *, user: User, name: str, now: datetime) -> NewToken:
    """A personal token, which acts as `user`. Raises Invalid without a name or beyond 50 live tokens."""
    live = len(tokens_of(session, user=user))
    if live >= TOKENS_MOST:
        raise Invalid(
            Message(
                "You have {live} tokens; {most} is the most. Revoke those you no longer use.",
                live=live,
                most=TOKENS_MOST,
            )
        )
    new = _add_token(session, user=user, name=name, kind=TokenKind.PERSONAL, now=now)
    security_notices.tell(session, SecurityChange.TOKEN_MADE, user_id=user.id, now=now)
    return new


def make_worker_token(session: Session, *, user: User, name: str, by: Actor, now: datetime) -> NewToken:
    """A token for a worker of baseline runs, filed under the admin `user`. It cannot act as that user."""
    if not user.is_admin:
        raise NotAllowed(Message("A worker's token belongs to an admin of the installation."))
    new = _add_token(session, user=user, name=name, kind=TokenKind.WORKER, now=now)
    act = audit.Act(
        "worker_token_made",
        f"token {new.token.id}",
        after={"name": new.token.name, "prefix": new.token.prefix},
    )
    audit.record(session, act, by=by, now=now)
    return new


def _add_token(session: Session, *, user: User, name: str, kind: TokenKind, now: datetime) -> NewToken:
    name = name.strip()
    if not name or len(name) > NAME_MOST:
        raise Invalid(
            Message(
                "A token's name has 1 to {most} characters, and says where the token is used.", most=NAME_MOST
            )
        )
    prefix = account_secrets.WORKER_PREFIX if kind is TokenKind.WORKER else account_secrets.PERSONAL_PREFIX
    secret = account_secrets.new_token(prefix)
    token = ApiToken(
        user_id=user.id,
        kind=kind,
        name=name,
        prefix=secret[: account_secrets.PREFIX_SHOWN],
        sha256=account_secrets.sha256_of(secret),
        created_at=now,
    )
    session.add(token)
    session.flush()
    return NewToken(token, secret)


def tokens_of(session: Session, *, user: User) -> list[ApiToken]:
    """The user's live personal tokens, the newest first."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(
                ApiToken.user_id == user.id,
                ApiToken.kind == TokenKind.PERSONAL,
                ApiToken.revoked_at.is_(None),
            )
            .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
        )
    )


def revoke_token(session: Session, *, token_id: int, user: User, now: datetime) -> None:
    """End one of the user's own tokens; NotFound when it is not theirs or has ended already."""
    ended = session.scalar(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    if ended is None:
        raise NotFound(Message("You have no token {token_id}.", token_id=token_id))


def bearer(session: Session, *, secret: str, now: datetime) -> Bearer:
    """Whose token this is; NotSignedIn when it is unknown or revoked, or its owner's account is switched off.

    Reads only. When `is_worth_noting`, the edge calls `note_use` in a transaction of its own.
    """
    row = session.execute(_BEARER, {"sha256": account_secrets.sha256_of(secret)}).one_or_none()
    if row is None:
        raise NotSignedIn(
            Message("This API token is unknown or revoked. `splitboard login` makes a new one.")
        )
    user, token_id, kind, noted_at = row
    return Bearer(user, token_id, kind, noted_at is None or now - noted_at >= NOTED_EVERY)


def note_use(session: Session, *, token_id: int, now: datetime) -> None:
    """Remember that the token was used at `now`; a late note does not overwrite a newer one."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now))
        .values(last_used_at=now)
    )
    owner = select(ApiToken.user_id).where(ApiToken.id == token_id, ApiToken.kind == TokenKind.PERSONAL)
    note_presence(session, User.id.in_(owner), now=now)


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
