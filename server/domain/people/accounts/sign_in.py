"""Signing in with a password.

It has three steps, because hashing is slow and SQLite has one writer. `begin`, a transaction, counts the try
and hands out the hash; `secrets.check_password` compares, in no transaction; `accept`, another, lets the user
in. The try is counted before the password is compared, so that parallel guesses count too. A browser in which
the user has signed in before is known by a cookie, and has a count of its own: whatever others try, its
owner gets in.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message, joined
from server.clock import iso
from server.domain.errors import Invalid, LimitReached, NotSignedIn
from server.domain.people.accounts import secrets, tries
from server.domain.people.accounts.accounts import username_key
from server.models import User


@dataclass(frozen=True)
class Source:
    """Where a try comes from: the client's address, and the mark that its browser shows, if any."""

    address: str
    device_mark: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SignInTry:
    """A counted try to sign in; `user_id` and `password_hash` are None where no such user can sign in.

    keys: what counts this account's tries, which a right password clears. is_slow: whether so many wrong
    passwords were tried for this account that its tries have to wait.
    """

    username_key: str
    user_id: int | None
    password_hash: str | None = field(repr=False)
    keys: tuple[str, ...]
    address_key: str | None
    is_slow: bool


class WrongPassword(NotSignedIn):
    """One sentence for an unknown user, a wrong password and an account that is switched off.

    What else it says follows from what was typed alone.
    """

    def __init__(self, *, username: str = "", password: str = "") -> None:
        sentences = [
            Message("The user name or the password is wrong. Capitals matter in the password alone.")
        ]
        if password != password.strip():
            sentences.append(Message("The password that was typed begins or ends with a blank."))
        if "@" in username:
            sentences.append(
                Message("A mail address is a user name only where your course's staff made it one.")
            )
        super().__init__(joined(*sentences))


class TooManyTries(LimitReached):
    """Too many wrong passwords for one user name from one address, or from one address for many."""

    code = "too_many_tries"

    def __init__(self, again_at: datetime, now: datetime) -> None:
        seconds = max(1, round((again_at - now).total_seconds()))
        super().__init__(
            Message(
                "Too many wrong passwords came from your network. Try again in {seconds} seconds. "
                "Whoever is signed in stays signed in, and API tokens keep working.",
                seconds=seconds,
            ),
            details={"resets_at": iso(again_at), "resets_in_seconds": seconds},
        )


def begin(session: Session, *, username: str, source: Source, now: datetime) -> SignInTry:
    """Count a try at this user name, known or not; raises TooManyTries beyond what `tries` allows."""
    try:
        key = username_key(username)
    except Invalid:
        raise WrongPassword from None
    user = session.scalar(select(User).where(User.username_key == key, User.is_active.is_(True)))
    password_hash = None if user is None else user.password_hash
    device = secrets.known_device(source.device_mark, password_hash)
    where = tries.network(source.address) if device is None else f"device {device}"
    here, address_key, is_slow = tries.of_account_from(key, where), None, False
    if device is None:
        address_key = tries.of_address(where)
        _require_allowed(session, address_key, tries.OF_ADDRESS, now)
    _require_allowed(session, here, tries.OF_ACCOUNT_THERE, now)
    if device is None:
        is_slow = tries.count(session, tries.of_account(key), tries.OF_ACCOUNT, now=now) is not None
    tries.purge(session, now)
    keys = (here, tries.of_account(key))
    return SignInTry(key, user.id if user else None, password_hash, keys, address_key, is_slow)


def _require_allowed(session: Session, key: str, limit: tries.TryLimit, now: datetime) -> None:
    again_at = tries.count(session, key, limit, now=now)
    if again_at is not None:
        raise TooManyTries(again_at, now)


def accept(session: Session, *, tried: SignInTry, rehashed: str | None) -> User:
    """The user whose password was right; forgets the counted tries, and stores `rehashed` if there is one.

    Raises WrongPassword when the password was changed or the account switched off since the try began.
    """
    query = select(User).where(User.id == tried.user_id, User.is_active.is_(True)).with_for_update()
    user = session.scalar(query)
    if user is None or user.password_hash is None or user.password_hash != tried.password_hash:
        raise WrongPassword
    if rehashed is not None:
        user.password_hash = rehashed
    if tried.address_key is not None:
        tries.give_back(session, tried.address_key, tries.OF_ADDRESS)
    tries.forget_keys(session, tried.keys)
    return user
