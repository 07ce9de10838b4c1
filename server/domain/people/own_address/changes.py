"""A change of somebody's own mail address: typed by them, and done once a link that went there is opened.

Whoever opens the link must be signed in to the account, so that neither a slip in typing nor a wish to have
another's mailbox in one's account ends in a change. An address that another account has gets a mail
without a link; the answer is the same, so nobody learns who is here.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, Invalid
from server.domain.people.accounts import secrets, security_notices, tries
from server.domain.people.addresses import clean_address, require_address
from server.domain.people.own_address import letters
from server.domain.people.own_address.letters import Post
from server.domain.people.passwords.link_mails import TooManyLinks
from server.domain.people.passwords.links import LinkIsOver
from server.models import AddressChange, Mail, SecurityChange, User

LIFETIME = timedelta(hours=1)
ADDRESS_MOST = 200  # as wide as the column


class AddressLinkIsOver(Conflict):
    """The link is unknown, used, replaced, too old or another account's: one sentence for all of these."""

    def __init__(self) -> None:
        super().__init__(
            Message(
                "This link confirms no address of the account in which you are signed in: it was used, "
                "a newer one was made, its time is over, or it is for another account. Ask for a new one "
                "on the page Account."
            )
        )


def ask(session: Session, *, user: User, address: str, network: str, post: Post, now: datetime) -> None:
    """Let a link go to the address, which becomes the user's once they have opened it.

    network: where the request comes from. Raises Invalid for what is no address or theirs already, and
    TooManyLinks.
    """
    address = clean_address(address)
    if len(address) > ADDRESS_MOST:
        raise Invalid(Message("An address has at most {most} characters.", most=ADDRESS_MOST))
    require_address(address)
    if address.casefold() == user.email.casefold():
        raise Invalid(Message("That is the address that your account has."))
    _require_few(session, user=user, address=address, network=network, now=now)
    withdraw(session, user=user)
    session.execute(delete(AddressChange).where(AddressChange.expires_at <= now))
    change = AddressChange(user_id=user.id, address=address, asked_at=now, expires_at=now + LIFETIME)
    session.add(change)
    minutes = round(LIFETIME.total_seconds() / 60)
    confirmation = letters.to_confirm(post, username=user.username, minutes=minutes)
    is_free = not _is_taken(session, address, user)
    letter = confirmation if is_free else letters.taken(username=user.username)
    post.write(session, letter, user=user, address=address, now=now, confirms_address=is_free)
    if user.email:
        announced = letters.announced(post, address=address)
        post.write(session, announced, user=user, address=user.email, now=now)


def _require_few(session: Session, *, user: User, address: str, network: str, now: datetime) -> None:
    for key, limit in (
        (tries.of_links_from(network), tries.OF_LINKS_FROM),
        (tries.of_address_changes(user.id), tries.OF_LINKS),
        (tries.of_links(address.casefold()), tries.OF_LINKS),
    ):
        again_at = tries.count(session, key, limit, now=now)
        if again_at is not None:
            raise TooManyLinks(again_at, now)


def _is_taken(session: Session, address: str, user: User) -> bool:
    same = func.lower(User.email) == address.lower()
    others = select(User.id).where(same, User.is_active.is_(True), User.id != user.id)
    return session.scalar(others.limit(1)) is not None


def pending(session: Session, *, user: User, now: datetime) -> AddressChange | None:
    """The address that waits to be confirmed, or None."""
    row = session.get(AddressChange, user.id)
    return None if row is None or row.expires_at <= now else row


def withdraw(session: Session, *, user: User) -> None:
    """Forget the address that waits to be confirmed, and the mail that has not gone to it."""
    session.execute(delete(AddressChange).where(AddressChange.user_id == user.id))
    waits = (Mail.user_id == user.id, Mail.sent_at.is_(None), Mail.confirms_address.is_(True))
    session.execute(delete(Mail).where(*waits))


def new_secret(session: Session, *, user_id: int, address: str, now: datetime) -> str:
    """The secret of this mail's link, made now; raises LinkIsOver where nothing waits for it."""
    secret = secrets.new_token("")
    ours = (AddressChange.user_id == user_id, AddressChange.address == address)
    waiting = update(AddressChange).where(*ours, AddressChange.expires_at > now)
    result = execute(session, waiting.values(sha256=secrets.sha256_of(secret)), {})
    if result.rowcount != 1:
        raise LinkIsOver
    return secret


def address_of(session: Session, *, user: User, secret: str, now: datetime) -> str:
    """The address that the link confirms for this user; raises AddressLinkIsOver. It changes nothing."""
    row = pending(session, user=user, now=now)
    if row is None or row.sha256 is None or row.sha256 != secrets.sha256_of(secret):
        raise AddressLinkIsOver
    return row.address


def confirm(session: Session, *, user: User, secret: str, post: Post | None, now: datetime) -> None:
    """Give the user the address that the link confirms, and tell the old one.

    post: how mails go out; None where they do not. Raises AddressLinkIsOver; Conflict where another account
    has the address by now.
    """
    used = (
        delete(AddressChange)
        .where(
            AddressChange.user_id == user.id,
            AddressChange.sha256 == secrets.sha256_of(secret),
            AddressChange.expires_at > now,
        )
        .returning(AddressChange.address)
    )
    address = session.scalar(used)
    if address is None:
        raise AddressLinkIsOver
    if _is_taken(session, address, user):
        raise Conflict(
            Message("Another account has this address by now. Tell your course's staff; nothing was changed.")
        )
    old = session.scalar(select(User.email).where(User.id == user.id).with_for_update())
    session.execute(update(User).where(User.id == user.id).values(email=address))
    audit.record(session, audit.Act("address_changed", person(user.id)), by=Actor(user.id), now=now)
    security_notices.tell(session, SecurityChange.ADDRESS_CHANGED, user_id=user.id, now=now)
    if old and post is not None:
        post.write(session, letters.changed(address=address), user=user, address=old, now=now)
