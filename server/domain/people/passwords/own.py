"""A password of one's own, chosen in the place of an old one or of one that others made."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid, NotAllowed
from server.domain.people.accounts import accounts
from server.domain.people.accounts.accounts import PasswordWay
from server.models import User


class OwnPasswordNeeded(NotAllowed):
    """Whoever made this password knows it, so it opens nothing but the choice of another."""

    code = "own_password_needed"

    def __init__(self, address: str = "") -> None:
        super().__init__(
            Message(
                "Your password was made by others. Sign in at {address} and set one of your own; then "
                "`splitboard login` takes that.",
                address=address,
            )
            if address
            else Message("Your password was made by others. Set one of your own first, then go on.")
        )


class WrongOldPassword(Invalid):
    """What was typed as the present password is not the account's."""

    def __init__(self) -> None:
        super().__init__(Message("That is not your password, so nothing was changed."))


class SamePassword(Invalid):
    """The new password is the old one."""

    def __init__(self) -> None:
        super().__init__(Message("That is the password you have. Choose another."))


def change(session: Session, *, seen: User, password_hash: str, now: datetime) -> User:
    """Give the user the password that they chose, as `seen` was when the old one was compared.

    It ends their sessions, tokens and links. Raises Conflict where the password was changed since.
    """
    user = session.scalar(select(User).where(User.id == seen.id).with_for_update())
    if user is None or user.password_hash != seen.password_hash:
        raise Conflict(
            Message("Your password was changed in another place meanwhile. Sign in with the new one.")
        )
    accounts.set_password(
        session, user=user, password_hash=password_hash, by=Actor(user.id), now=now, way=PasswordWay.ACCOUNT
    )
    return user
