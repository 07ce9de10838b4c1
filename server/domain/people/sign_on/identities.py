"""Identities of a provider and the accounts they open: linked after one confirmation, by issuer and subject.

An identity is the pair of issuer and subject, never a mail address: addresses change hands. The claim by
which a first sign-in finds its account is used once, and its owner confirms that it is theirs. Who has more
rights than a student, or a number on which their courses do not agree, confirms with the account's password
as well, since staff write the roster; whoever has got more rights since the link confirms it then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, NotFound
from server.domain.people.accounts import accounts, secrets, security_notices
from server.domain.people.sign_on.claims import NamedAccount, require_active
from server.domain.people.sign_on.refusals import SignOnRefused, TicketIsOver
from server.models import IdentityOffer, LinkedIdentity, SecurityChange, SessionWay, User

LIFETIME = timedelta(minutes=10)  # of an offer
OF_PLATFORMS = "lti:"  # begins the issuer of identities of learning platforms; the number of one follows


@dataclass(frozen=True)
class ProviderIdentity:
    """Whom a provider has signed in. label: what people call it; shown_as: what it calls the person."""

    issuer: str
    subject: str
    label: str
    shown_as: str

    @property
    def way(self) -> SessionWay:
        """What opens a session by this identity."""
        return SessionWay.LAUNCH if self.issuer.startswith(OF_PLATFORMS) else SessionWay.PROVIDER


@dataclass(frozen=True)
class OpenedAccount:
    """The account that an identity opens. needs_password: whether that must confirm the link first."""

    user: User
    needs_password: bool


@dataclass(frozen=True)
class Offer:
    """An identity and the account that it would open. needs_password: whether its owner must type that."""

    user: User
    identity: ProviderIdentity
    needs_password: bool
    next_path: str


def account_opened_by(session: Session, identity: ProviderIdentity, *, now: datetime) -> OpenedAccount | None:
    """The account that is linked with this identity, whose use is noted; None where none is.

    Raises SignOnRefused where that account is switched off.
    """
    linked = session.scalar(select(LinkedIdentity).where(*_is(identity)))
    if linked is None:
        return None
    user = session.get_one(User, linked.user_id)
    require_active(user)
    if not linked.by_password and accounts.is_more_than_student(session, user):
        return OpenedAccount(user, needs_password=True)
    session.execute(update(LinkedIdentity).where(LinkedIdentity.id == linked.id).values(last_used_at=now))
    return OpenedAccount(user, needs_password=False)


def offer(
    session: Session,
    *,
    account: NamedAccount,
    identity: ProviderIdentity,
    is_here: bool,
    next_path: str,
    now: datetime,
) -> str:
    """The secret of an offer that waits for its owner's word. is_here: whether they are signed in already.

    Raises SignOnRefused where the account is linked with another identity of this provider, and where it
    would need a password and has none; Conflict where the identity is another account's.
    """
    user = account.user
    _require_free(session, user, identity)
    needs_password = is_here and user.password_hash is not None
    if not is_here and (not account.is_agreed or accounts.is_more_than_student(session, user)):
        needs_password = True
        _require_password(user, identity, is_agreed=account.is_agreed)
    session.execute(delete(IdentityOffer).where(IdentityOffer.expires_at <= now))
    secret = secrets.new_token("")
    session.add(
        IdentityOffer(
            sha256=secrets.sha256_of(secret),
            user_id=user.id,
            issuer=identity.issuer,
            subject=identity.subject,
            label=identity.label,
            shown_as=identity.shown_as,
            needs_password=needs_password,
            next_path=next_path,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return secret


def _require_free(session: Session, user: User, identity: ProviderIdentity) -> None:
    """Raise Conflict where the identity is somebody else's, SignOnRefused where the user has another one."""
    owner = session.scalar(select(LinkedIdentity.user_id).where(*_is(identity)))
    if owner == user.id:  # whose link a password is to confirm
        return
    if owner is not None:
        raise Conflict(
            Message(
                "This account of {label} is linked already, here or to somebody else.", label=identity.label
            )
        )
    has_other = exists().where(LinkedIdentity.user_id == user.id, LinkedIdentity.issuer == identity.issuer)
    if session.scalar(select(has_other)):
        raise SignOnRefused(
            Message(
                "Your account here is linked with another account of {label}. Sign in with that one or with "
                "your password, and unlink it on the page Account first.",
                label=identity.label,
            ),
            reason=f"the account {user.id} has another identity of this provider",
        )


def _require_password(user: User, identity: ProviderIdentity, *, is_agreed: bool) -> None:
    if user.password_hash is None and not is_agreed:
        raise SignOnRefused(
            Message(
                "Not all of your courses here have your student number, so {label} alone does not open your "
                "account, and it has no password. Ask the staff of each course to write your number into "
                "the roster.",
                label=identity.label,
            ),
            reason=f"not all courses of the account {user.id} have the number, and it has no password",
        )
    if user.password_hash is None:
        raise SignOnRefused(
            Message(
                "Your account has more rights than a student's and no password, so {label} alone does not "
                "open it. An admin of the installation can give you a link to set one.",
                label=identity.label,
            ),
            reason=f"the account {user.id} of staff has no password",
        )


def offer_of(session: Session, *, secret: str, now: datetime) -> Offer:
    """The offer whose secret this browser has; raises TicketIsOver. It changes nothing."""
    row = session.scalar(
        select(IdentityOffer).where(
            IdentityOffer.sha256 == secrets.sha256_of(secret), IdentityOffer.expires_at > now
        )
    )
    if row is None:
        raise TicketIsOver
    identity = ProviderIdentity(row.issuer, row.subject, row.label, row.shown_as)
    return Offer(session.get_one(User, row.user_id), identity, row.needs_password, row.next_path)


def accept(session: Session, *, secret: str, now: datetime) -> User:
    """Link what was offered, once; the account it opens. Raises TicketIsOver, Conflict, SignOnRefused.

    Where a password was needed the caller has compared it.
    """
    accepted = offer_of(session, secret=secret, now=now)
    decline(session, secret=secret)
    user, identity = accepted.user, accepted.identity
    require_active(user)
    confirmed = update(LinkedIdentity).where(*_is(identity), LinkedIdentity.user_id == user.id)
    if accepted.needs_password and session.scalar(
        confirmed.values(by_password=True, last_used_at=now).returning(LinkedIdentity.id)
    ):
        return user
    linked = LinkedIdentity(
        user_id=user.id,
        issuer=identity.issuer,
        subject=identity.subject,
        shown_as=identity.shown_as,
        by_password=accepted.needs_password,
        linked_at=now,
        last_used_at=now,
    )
    try:
        with session.begin_nested():
            session.add(linked)
    except IntegrityError:  # another browser was first
        raise Conflict(
            Message(
                "This account of {label} is linked already, here or to somebody else.", label=identity.label
            )
        ) from None
    _record(session, "identity_linked", linked, now)
    security_notices.tell(session, SecurityChange.IDENTITY_LINKED, user_id=user.id, now=now)
    return user


def decline(session: Session, *, secret: str) -> None:
    """Forget an offer, once; raises TicketIsOver where it was used meanwhile."""
    row = delete(IdentityOffer).where(IdentityOffer.sha256 == secrets.sha256_of(secret))
    if session.scalar(row.returning(IdentityOffer.id)) is None:
        raise TicketIsOver


def identities_of(session: Session, *, user: User) -> list[LinkedIdentity]:
    """The identities that open this account, the first linked first."""
    query = select(LinkedIdentity).where(LinkedIdentity.user_id == user.id)
    return list(session.scalars(query.order_by(LinkedIdentity.id)))


def unlink(session: Session, *, user: User, identity_id: int, now: datetime) -> None:
    """Let an identity open the user's account no more.

    Raises NotFound where it is not theirs, Conflict where it is all that opens the account.
    """
    linked = session.scalar(
        select(LinkedIdentity).where(LinkedIdentity.id == identity_id, LinkedIdentity.user_id == user.id)
    )
    if linked is None:
        raise NotFound(Message("Your account has no such link, or it has ended already."))
    if user.password_hash is None or user.password_is_initial:
        raise Conflict(
            Message(
                "You have no password of your own, so nothing would open your account afterwards. Set one "
                "first; your course's staff can give you a link for it."
            )
        )
    session.execute(delete(LinkedIdentity).where(LinkedIdentity.id == linked.id))
    _record(session, "identity_unlinked", linked, now)
    security_notices.tell(session, SecurityChange.IDENTITY_UNLINKED, user_id=user.id, now=now)


def _record(session: Session, act: str, linked: LinkedIdentity, now: datetime) -> None:
    entry = audit.Act(act, person(linked.user_id), details={"issuer": linked.issuer})
    audit.record(session, entry, by=Actor(linked.user_id), now=now)


def _is(identity: ProviderIdentity) -> tuple[ColumnElement[bool], ...]:
    return (LinkedIdentity.issuer == identity.issuer, LinkedIdentity.subject == identity.subject)
