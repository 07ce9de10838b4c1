"""Accounts: users and their passwords. How they sign in is in `sign_in.py`, what they show in credentials."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.domain.people.accounts import password_rules, secrets, tries
from server.domain.people.addresses import clean_address, require_address
from server.domain.texts.letters import hidden_in
from server.domain.texts.look_alikes import require_one_alphabet
from server.logs import logger_of
from server.models import (
    AddressChange,
    ApiToken,
    Mail,
    Member,
    PasswordLink,
    Role,
    TokenKind,
    User,
    WebSession,
)

NAME_MOST = 200  # characters, as wide as the columns
log = logger_of(__name__)


class PasswordWay(StrEnum):
    """How a password came about: typed at the command line, made to be handed out, or chosen on a page."""

    COMMAND = "command"
    HANDED_OUT = "handed_out"
    ACCOUNT = "account"
    INVITATION = "invitation"
    RESET = "reset"


def username_key(username: str) -> str:
    """The form in which user names are compared: NFKC, case folded, stripped, so that no two look alike.

    Raises Invalid for an empty one, one over 200 characters, or one with spaces or invisible characters.
    """
    key = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold()).strip()
    if not key or len(key) > NAME_MOST or len(username) > NAME_MOST:
        raise Invalid(
            Message(
                "A user name has 1 to {most} characters; this one has {length}.",
                most=NAME_MOST,
                length=len(username.strip()),
            )
        )
    if not key.isprintable() or any(character.isspace() for character in key):
        raise Invalid(
            Message(
                "A user name has no spaces and no invisible characters; {username!r} has.", username=username
            )
        )
    return key


def user_named(session: Session, username: str) -> User | None:
    """The user of that name, whatever its case, or None."""
    return session.scalar(select(User).where(User.username_key == username_key(username)))


def require_admin(user: User) -> None:
    """Raise NotAllowed unless the user is an admin of the installation."""
    if not user.is_admin:
        raise NotAllowed(Message("This is for the admins of the installation."))


def user_numbered(session: Session, user_id: int) -> User:
    """The user with this number; raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(Message("There is no person {user_id} here.", user_id=user_id))
    return user


def users_like(session: Session, text: str, *, most: int) -> list[User]:
    """The first users whose user name, name, address or student number holds `text`, by user name."""
    words = text.strip()
    numbers = select(Member.user_id).where(Member.student_number.icontains(words, autoescape=True))
    columns = (User.username, User.display_name, User.email)
    holds = [column.icontains(words, autoescape=True) for column in columns]
    return list(
        session.scalars(
            select(User).where(or_(*holds, User.id.in_(numbers))).order_by(User.username_key).limit(most)
        )
    )


def chosen_password_hash(password: str, about: Iterable[str] = ()) -> str:
    """The hash to store for a password that a person chose. Slow: call it outside any transaction.

    about: words about them. Raises Invalid for one that `password_rules.py` forbids.
    """
    password_rules.require_good(password, about=about)
    return secrets.hash_password(password)


@dataclass(frozen=True)
class NewUser:
    """An account to be; without a password's hash nobody can sign in to it by password.

    password_is_initial: whether others made the password, so that the first sign-in asks for another.
    """

    username: str
    display_name: str
    email: str = ""
    password_hash: str | None = None
    password_is_initial: bool = False
    is_admin: bool = False


def create_user(session: Session, new: NewUser, *, by: Actor, now: datetime) -> User:
    """A new user. Raises Conflict for a user name that is taken, Invalid for no address or no name."""
    email = clean_address(new.email)
    if email:
        require_address(email)
    _require_legible(new.display_name)
    if user_named(session, new.username) is not None:
        raise Conflict(
            Message(
                "There is a user '{username}' already; upper and lower case count as the same.",
                username=new.username,
            )
        )
    user = User(
        username=unicodedata.normalize("NFKC", new.username).strip(),
        username_key=username_key(new.username),
        display_name=new.display_name.strip() or new.username.strip(),
        email=email,
        password_hash=new.password_hash,
        password_is_initial=new.password_is_initial,
        is_admin=new.is_admin,
        created_at=now,
    )
    session.add(user)
    session.flush()
    act = audit.Act("user_created", person(user.id), after={"is_admin": new.is_admin})
    audit.record(session, act, by=by, now=now)
    return user


def _require_legible(name: str) -> None:
    hidden = hidden_in(name.strip())
    if hidden is not None:
        raise Invalid(
            Message("A name has no character that nobody can see; this one has {hidden}.", hidden=hidden.text)
        )
    require_one_alphabet(name)


def set_password(
    session: Session,
    *,
    user: User,
    password_hash: str,
    by: Actor,
    now: datetime,
    way: PasswordWay = PasswordWay.COMMAND,
) -> None:
    """Give `user` another password, and end all that the old one opened: sessions, personal tokens, links.

    What was counted against their sign-ins is forgotten, and so are the browsers that were known. Who changed
    their own gets a new session from the route. A worker's token goes on: it cannot act as its owner.
    The first sign-in with one that was handed out asks for another.
    """
    values = {"password_hash": password_hash, "password_is_initial": way is PasswordWay.HANDED_OUT}
    session.execute(update(User).where(User.id == user.id).values(values))
    end_sessions(session, user=user)
    end_links(session, user=user)
    personal = (ApiToken.user_id == user.id, ApiToken.kind == TokenKind.PERSONAL)
    session.execute(update(ApiToken).where(*personal, ApiToken.revoked_at.is_(None)).values(revoked_at=now))
    tries.forget(session, user.username_key)
    act = audit.Act("password_set", person(user.id), details={"way": way.value})
    audit.record(session, act, by=by, now=now)
    log.info("password set", user=user.id, by=by.user_id)


def choose_mail(session: Session, *, user: User, wants_mail: bool) -> None:
    """Whether announcements go to `user` by mail too; those that wait for them already are dropped."""
    session.execute(update(User).where(User.id == user.id).values(wants_mail=wants_mail))
    if not wants_mail:
        session.execute(
            delete(Mail).where(
                Mail.user_id == user.id, Mail.sent_at.is_(None), Mail.announcement_id.is_not(None)
            )
        )


def end_sessions(session: Session, *, user: User) -> None:
    """Sign `user` out of every browser."""
    session.execute(delete(WebSession).where(WebSession.user_id == user.id))


def end_links(session: Session, *, user: User) -> None:
    """Let no link set the password or the address of `user` any more, made already or to be mailed."""
    session.execute(delete(PasswordLink).where(PasswordLink.user_id == user.id))
    session.execute(delete(AddressChange).where(AddressChange.user_id == user.id))
    has_link = or_(Mail.link_kind.is_not(None), Mail.confirms_address.is_(True))
    session.execute(delete(Mail).where(Mail.user_id == user.id, Mail.sent_at.is_(None), has_link))


def deactivate(session: Session, *, user: User, by: Actor, now: datetime) -> None:
    """Switch the account off: no sign-in, its sessions end, its tokens are revoked.

    Nothing else is deleted.
    """
    session.execute(update(User).where(User.id == user.id).values(is_active=False))
    end_sessions(session, user=user)
    end_links(session, user=user)
    live = (ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    session.execute(update(ApiToken).where(*live).values(revoked_at=now))
    _record_activity(session, "user_deactivated", user, is_active=False, by=by, now=now)


def reactivate(session: Session, *, user: User, by: Actor, now: datetime) -> None:
    """Switch the account on again; revoked tokens stay revoked."""
    session.execute(update(User).where(User.id == user.id).values(is_active=True))
    _record_activity(session, "user_reactivated", user, is_active=True, by=by, now=now)


def _record_activity(
    session: Session, act: str, user: User, *, is_active: bool, by: Actor, now: datetime
) -> None:
    before, after = {"is_active": not is_active}, {"is_active": is_active}
    audit.record(session, audit.Act(act, person(user.id), before=before, after=after), by=by, now=now)


def has_more_rights() -> ColumnElement[bool]:
    """Whether the user of a query is an admin, or is or was of the staff of some course."""
    is_staff = exists().where(Member.user_id == User.id, Member.role != Role.STUDENT)
    return or_(User.is_admin.is_(True), is_staff)


def is_more_than_student(session: Session, user: User) -> bool:
    """The same of one user."""
    return bool(session.scalar(select(has_more_rights()).where(User.id == user.id)))
