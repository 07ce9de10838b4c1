"""How far the tries to sign in have run ahead of the clock, counted three ways.

By the address they come from; by the account and the address together; and by the account alone. The first
two hold tries back. The third only slows them down: else anybody could keep somebody out by guessing wrong.
The names need not exist, so that none is told. A row's key has a blank before its address, since user names
have none; two or three stand before what counts the links that somebody asked for to set a new password, four
before what counts those who were sent to a provider, five before what counts codes, six before what counts
files that were refused as code to hand in, seven before what counts mails to an address of one's own.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.models import SignInThrottle

NAME_SHOWN = 120  # characters of a user name that stand in a key; of a longer one its hash
IPV6_NETWORK = 64  # bits that one household's or one attacker's addresses have in common
PURGED_AT_ONCE = 100


@dataclass(frozen=True)
class TryLimit:
    """Wrong passwords that may follow each other at once, and after how long one more may."""

    at_once: int
    every: timedelta


OF_ACCOUNT_THERE = TryLimit(10, timedelta(minutes=1))
OF_ADDRESS = TryLimit(100, timedelta(seconds=3))  # a campus behind one address has hundreds of typos
OF_ACCOUNT = TryLimit(10, timedelta(minutes=1))  # beyond this its tries are slow
OF_LINKS = TryLimit(3, timedelta(minutes=20))  # mails that a stranger can send somebody
OF_LINKS_FROM = TryLimit(30, timedelta(minutes=1))
OF_CODES = TryLimit(5, timedelta(minutes=5))  # a million codes, of which three are right at a time
OF_CODE_FILES = TryLimit(20, timedelta(minutes=3))  # each is read to its end, whatever it holds
OF_SIGN_ONS_FROM = TryLimit(600, timedelta(seconds=1))  # a lecture hall that signs in at nine


def of_account(username_key: str) -> str:
    """The key of an account's tries from everywhere."""
    if len(username_key) <= NAME_SHOWN:
        return username_key
    return hashlib.sha256(username_key.encode()).hexdigest()


def of_account_from(username_key: str, where: str) -> str:
    """The key of an account's tries from one address, or from one browser that is known."""
    return f"{of_account(username_key)} {where}"


def of_address(address: str) -> str:
    """The key of one address' tries."""
    return f" {address}"


def of_links(username_key: str) -> str:
    """The key of an account's links that were asked for, by whomever."""
    return f"  {of_account(username_key)}"


def of_links_from(address: str) -> str:
    """The key of the links that were asked for from one address."""
    return f"   {address}"


def of_codes(user_id: int) -> str:
    """The key of the codes of a second factor that were tried for an account."""
    return f"     {user_id}"


def of_code_files(user_id: int) -> str:
    """The key of the files of an account that were refused as code to hand in."""
    return f"      {user_id}"


def of_address_changes(user_id: int) -> str:
    """The key of the mails with which an account asked to confirm an address."""
    return f"       {user_id}"


def of_sign_ons_from(network: str) -> str:
    """The key of those who were sent to a provider from one network."""
    return f"    {network}"


def network(address: str) -> str:
    """What is counted as one address: of IPv6 the network, since a household has all of it.

    >>> network("192.0.2.7"), network("2001:db8:1:2:3:4:5:6"), network("testclient")
    ('192.0.2.7', '2001:db8:1:2::/64', 'testclient')
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((ip, IPV6_NETWORK), strict=False))


def count(session: Session, key: str, limit: TryLimit, *, now: datetime) -> datetime | None:
    """Count a try; None where it is allowed, else when the next one is, and it was not counted."""
    row = _locked(session, key, now)
    spent_until = max(row.spent_until, now) + limit.every
    if spent_until > now + limit.at_once * limit.every:
        return spent_until - limit.at_once * limit.every
    row.spent_until = spent_until
    session.flush()
    return None


def give_back(session: Session, key: str, limit: TryLimit) -> None:
    """Take back a try that was counted: its password was right."""
    moved = SignInThrottle.spent_until
    row = session.scalar(select(SignInThrottle).where(SignInThrottle.username_key == key).with_for_update())
    if row is not None:
        session.execute(
            update(SignInThrottle)
            .where(SignInThrottle.username_key == key)
            .values({moved: row.spent_until - limit.every})
        )


def forget(session: Session, username_key: str) -> None:
    """Forget an account's tries, from everywhere."""
    account = of_account(username_key)
    session.execute(
        delete(SignInThrottle).where(
            or_(
                SignInThrottle.username_key == account,
                SignInThrottle.username_key.startswith(f"{account} ", autoescape=True),
            )
        )
    )


def forget_keys(session: Session, keys: Sequence[str]) -> None:
    """Forget what these keys count."""
    session.execute(delete(SignInThrottle).where(SignInThrottle.username_key.in_(keys)))


def purge(session: Session, now: datetime) -> None:
    """Remove rows that mean nothing any more.

    Rows that others hold are skipped, so that two purges never wait for each other.
    """
    past = (
        select(SignInThrottle.username_key)
        .where(SignInThrottle.spent_until <= now)
        .limit(PURGED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    keys = list(session.scalars(past))
    if keys:
        forget_keys(session, keys)


def _locked(session: Session, key: str, now: datetime) -> SignInThrottle:
    row = session.scalar(select(SignInThrottle).where(SignInThrottle.username_key == key).with_for_update())
    if row is not None:
        return row
    try:
        with session.begin_nested():
            row = SignInThrottle(username_key=key, spent_until=now)
            session.add(row)
        return row
    except IntegrityError:  # a parallel try was first
        return _locked(session, key, now)
