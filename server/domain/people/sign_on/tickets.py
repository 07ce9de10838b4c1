"""What ties a provider's answer to the browser that was sent there: of each a hash, and each used once.

The browser keeps one secret in a cookie. From it and from the ticket's state follow the nonce, which the
provider puts into its token, and the verifier, without which its code is worth nothing (PKCE). So none of
the three is kept here, and whoever reads the database can answer in nobody's place.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import LimitReached
from server.domain.people.accounts import secrets, tries
from server.domain.people.sign_on.refusals import TicketIsOver
from server.models import SignOnTicket, User

LIFETIME = timedelta(minutes=10)


class TooManySignOns(LimitReached):
    """Too many browsers of one network were sent to the provider at once."""

    code = "too_many_sign_ons"

    def __init__(self, again_at: datetime, now: datetime) -> None:
        seconds = max(1, round((again_at - now).total_seconds()))
        super().__init__(
            Message(
                "Too many sign-ins were begun from your network. Try again in {seconds} seconds.",
                seconds=seconds,
            ),
            details={"resets_at": iso(again_at), "resets_in_seconds": seconds},
        )


@dataclass(frozen=True)
class NewTicket:
    """A ticket just made: its state goes to the provider and back, its secret into the browser's cookie."""

    state: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def nonce(self) -> str:
        """What the provider must put into its token."""
        return nonce_of(self.state, self.secret)

    @property
    def verifier_hash(self) -> str:
        """The hash of the verifier, which goes to the provider first (RFC 7636, S256)."""
        verifier = verifier_of(self.state, self.secret)
        return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class UsedTicket:
    """What a ticket was made for. user_id: whose account is to be linked, None to sign in."""

    next_path: str
    user_id: int | None


def nonce_of(state: str, secret: str) -> str:
    """The nonce of the ticket with this state, in the browser with this secret."""
    return _derived("nonce", state, secret)


def verifier_of(state: str, secret: str) -> str:
    """The verifier, with which the code is exchanged."""
    return _derived("verifier", state, secret)


def _derived(purpose: str, state: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"{purpose} {state}".encode(), hashlib.sha256).hexdigest()


def begin(
    session: Session, *, issuer: str, network: str, next_path: str, user: User | None, now: datetime
) -> NewTicket:
    """A ticket for a browser that goes to the provider. Raises TooManySignOns. `user`: who wants to link."""
    again_at = tries.count(session, tries.of_sign_ons_from(network), tries.OF_SIGN_ONS_FROM, now=now)
    if again_at is not None:
        raise TooManySignOns(again_at, now)
    session.execute(delete(SignOnTicket).where(SignOnTicket.expires_at <= now))
    ticket = NewTicket(secrets.new_token(""), secrets.new_token(""))
    session.add(
        SignOnTicket(
            state_sha256=secrets.sha256_of(ticket.state),
            browser_sha256=secrets.sha256_of(ticket.secret),
            issuer=issuer,
            user_id=None if user is None else user.id,
            next_path=next_path,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return ticket


def use(session: Session, *, state: str, secret: str, issuer: str, now: datetime) -> UsedTicket:
    """What the ticket was made for; it is worth nothing afterwards, even where the answer proves wrong.

    Raises TicketIsOver where it is used or too old, of another browser, or of another provider. Another
    browser that knows the state cannot use it up.
    """
    row = session.execute(
        delete(SignOnTicket)
        .where(
            SignOnTicket.state_sha256 == secrets.sha256_of(state),
            SignOnTicket.browser_sha256 == secrets.sha256_of(secret),
            SignOnTicket.issuer == issuer,
            SignOnTicket.expires_at > now,
        )
        .returning(SignOnTicket.next_path, SignOnTicket.user_id)
    ).one_or_none()
    if row is None:
        raise TicketIsOver
    return UsedTicket(row.next_path, row.user_id)
