"""API tokens, with which programs prove themselves. Only their hashes are stored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from server.domain.people.accounts import secrets, security_notices
from server.domain.people.accounts.credentials import note_presence
from server.domain.people.accounts.scopes import TokenTerms, scopes_of
from server.models import ApiToken, Scope, SecurityChange, TokenKind, User

TOKENS_MOST = 50  # live ones a user
NAME_MOST = 200
NOTED_EVERY = timedelta(hours=1)  # how exact `last_used_at` is: a read must not become a write each time
UNBOUNDED = TokenTerms()  # of a worker's token, which opens a worker's routes alone

_BEARER = (
    select(User, ApiToken)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.sha256 == bindparam("sha256"), ApiToken.revoked_at.is_(None), User.is_active.is_(True))
)

# The id of the owner of a token that reads and shows all they may see, for statements that ask more at once.
BEARER_ID = (
    select(ApiToken.user_id)
    .where(
        ApiToken.sha256 == bindparam("sha256"),
        ApiToken.revoked_at.is_(None),
        ApiToken.kind == TokenKind.PERSONAL,
        ApiToken.can_read.is_(True),
        ApiToken.can_act_as_staff.is_(True),  # else what they see depends on the token, too
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("now")),
    )
    .scalar_subquery()
)


class TokenOver(NotSignedIn):
    """The token was made for a time that has passed."""

    code = "token_over"

    def __init__(self, token: ApiToken) -> None:
        assert token.expires_at is not None
        super().__init__(
            Message(
                "This API token, '{name}', ended on {ended_on}. Make a new one on the page Account, or with "
                "`splitboard login`.",
                name=token.name,
                ended_on=token.expires_at.date().isoformat(),
            ),
            details={"expires_at": iso(token.expires_at)},
        )


@dataclass(frozen=True)
class NewToken:
    """A token just made, and its secret, which nobody can show again."""

    token: ApiToken
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Bearer:
    """Whose token of which kind a request carries, and what for.

    `is_worth_noting` when its last use was noted long ago.
    """

    user: User
    token_id: int
    kind: TokenKind
    scopes: frozenset[Scope]
    is_worth_noting: bool


def make_token(session: Session, *, user: User, name: str, terms: TokenTerms, now: datetime) -> NewToken:
    """A personal token, which acts as `user`. Raises Invalid without a name or beyond 50 live tokens."""
    live = sum(not is_over(each, now) for each in tokens_of(session, user=user))
    if live >= TOKENS_MOST:
        raise Invalid(
            Message(
                "You have {live} tokens; {most} is the most. Revoke those you no longer use.",
                live=live,
                most=TOKENS_MOST,
            )
        )
    new = _add_token(session, user=user, name=name, kind=TokenKind.PERSONAL, terms=terms, now=now)
    security_notices.tell(session, SecurityChange.TOKEN_MADE, user_id=user.id, now=now)
    return new


def make_worker_token(session: Session, *, user: User, name: str, by: Actor, now: datetime) -> NewToken:
    """A token for a worker of baseline runs, filed under the admin `user`. It cannot act as that user."""
    if not user.is_admin:
        raise NotAllowed(Message("A worker's token belongs to an admin of the installation."))
    new = _add_token(session, user=user, name=name, kind=TokenKind.WORKER, terms=UNBOUNDED, now=now)
    act = audit.Act(
        "worker_token_made",
        f"token {new.token.id}",
        after={"name": new.token.name, "prefix": new.token.prefix},
    )
    audit.record(session, act, by=by, now=now)
    return new


def _add_token(
    session: Session, *, user: User, name: str, kind: TokenKind, terms: TokenTerms, now: datetime
) -> NewToken:
    name = name.strip()
    if not name or len(name) > NAME_MOST:
        raise Invalid(
            Message(
                "A token's name has 1 to {most} characters, and says where the token is used.", most=NAME_MOST
            )
        )
    prefix = secrets.WORKER_PREFIX if kind is TokenKind.WORKER else secrets.PERSONAL_PREFIX
    secret = secrets.new_token(prefix)
    token = ApiToken(
        user_id=user.id,
        kind=kind,
        name=name,
        prefix=secret[: secrets.PREFIX_SHOWN],
        sha256=secrets.sha256_of(secret),
        can_read=Scope.READ in terms.scopes,
        can_submit=Scope.SUBMIT in terms.scopes,
        can_act_as_staff=Scope.STAFF in terms.scopes,
        created_at=now,
        expires_at=terms.expires_at,
    )
    session.add(token)
    session.flush()
    return NewToken(token, secret)


def tokens_of(session: Session, *, user: User) -> list[ApiToken]:
    """The user's personal tokens but those that were revoked, the newest first; some may be over."""
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


def is_over(token: ApiToken, now: datetime) -> bool:
    """Whether a token has come to its end by itself."""
    return token.expires_at is not None and token.expires_at <= now


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
    """Whose token this is; NotSignedIn when it is unknown, revoked or over, or its owner's account is off.

    Reads only. When `is_worth_noting`, the edge calls `note_use` in a transaction of its own.
    """
    row = session.execute(_BEARER, {"sha256": secrets.sha256_of(secret)}).one_or_none()
    if row is None:
        raise NotSignedIn(
            Message("This API token is unknown or revoked. `splitboard login` makes a new one.")
        )
    user, token = row
    if is_over(token, now):
        raise TokenOver(token)
    is_worth_noting = token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY
    user.token_scopes = scopes_of(token)
    return Bearer(user, token.id, token.kind, user.token_scopes, is_worth_noting)


def note_use(session: Session, *, token_id: int, now: datetime) -> None:
    """Remember that the token was used at `now`; a late note does not overwrite a newer one."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id, or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < now))
        .values(last_used_at=now)
    )
    owner = select(ApiToken.user_id).where(ApiToken.id == token_id, ApiToken.kind == TokenKind.PERSONAL)
    note_presence(session, User.id.in_(owner), now=now)
