"""The second factor of an account: set up by its owner, ended by them or, with a reason, by an admin.

A new password changes nothing about it: whoever has the mailbox does not have the phone.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, NotAllowed
from server.domain.people.accounts import accounts, security_notices, tries
from server.domain.people.second_factor import codes, sealing
from server.domain.people.second_factor.sealing import Seal
from server.models import HalfSignIn, RecoveryCode, SecondFactor, SecurityChange, User

RECOVERY_CODES = 10
FOR_STAFF = Message("A second factor is for staff of a course and for admins.")


@dataclass(frozen=True)
class FactorState:
    """How far an account's second factor is. app_key: to be typed into the app while it is set up."""

    confirmed_at: datetime | None
    recovery_codes: int
    app_key: str = field(default="", repr=False)


class SecondFactorNeeded(NotAllowed):
    """The installation asks staff and admins for a second factor, and this one has none."""

    code = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__(
            Message("Staff and admins have a second factor here. Set yours up first, then go on.")
        )


def is_on(session: Session, user: User) -> bool:
    """Whether signing in by a password takes a code, too."""
    has_one = exists().where(SecondFactor.user_id == user.id, SecondFactor.confirmed_at.is_not(None))
    return bool(session.scalar(select(has_one)))


def is_missing(session: Session, user: User) -> bool:
    """Whether somebody with more rights than a student has no second factor."""
    return accounts.is_more_than_student(session, user) and not is_on(session, user)


def state_of(session: Session, *, user: User, seal: Seal) -> FactorState | None:
    """How far the user's second factor is; None where there is none."""
    factor = session.get(SecondFactor, user.id)
    if factor is None:
        return None
    left = session.scalar(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id)
    )
    app_key = "" if factor.confirmed_at is not None else seal.opened(factor.sealed_key)
    return FactorState(factor.confirmed_at, left or 0, app_key)


def begin(session: Session, *, user: User, seal: Seal, now: datetime) -> None:
    """A key to be set up, in the place of one that was not confirmed.

    Raises Conflict where a second factor is on, NotAllowed for students.
    """
    if not accounts.is_more_than_student(session, user):
        raise NotAllowed(FOR_STAFF)
    if is_on(session, user):
        raise Conflict(Message("Your second factor is on already. Switch it off to set up another."))
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    sealed = seal.sealed(sealing.new_app_key())
    session.add(SecondFactor(user_id=user.id, sealed_key=sealed, last_step=0, made_at=now))
    session.flush()


def confirm(session: Session, *, user: User, code: str, seal: Seal, now: datetime) -> list[str]:
    """Switch the second factor on by the app's first code; the recovery codes, which nobody shows again.

    Raises WrongCode, TooManyCodes, and Conflict where nothing is being set up.
    """
    factor = session.get(SecondFactor, user.id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict(Message("No second factor is being set up. Begin again."))
    codes.use_app_code(session, factor=factor, code=code, seal=seal, now=now)
    tries.forget_keys(session, [tries.of_codes(user.id)])
    confirmed = update(SecondFactor).where(
        SecondFactor.user_id == user.id, SecondFactor.confirmed_at.is_(None)
    )
    session.execute(confirmed.values(confirmed_at=now))
    _record(session, "second_factor_set_up", user, by=Actor(user.id), now=now)
    security_notices.tell(session, SecurityChange.FACTOR_SET_UP, user_id=user.id, now=now)
    return new_recovery_codes(session, user=user, seal=seal)


def new_recovery_codes(session: Session, *, user: User, seal: Seal) -> list[str]:
    """Ten new recovery codes in the place of those that are left."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    new = [sealing.new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, sealed=seal.hash_of(user.id, code)) for code in new)
    session.flush()
    return new


def end(session: Session, *, user: User, now: datetime) -> None:
    """Switch the user's own second factor off, once a code of it was right."""
    _remove(session, user)
    _record(session, "second_factor_ended", user, by=Actor(user.id), now=now)
    security_notices.tell(session, SecurityChange.FACTOR_ENDED, user_id=user.id, now=now)


def end_for(session: Session, *, user: User, reason: str, by: Actor, now: datetime) -> None:
    """Switch off somebody's second factor, as an admin; Invalid without a reason, Conflict without one on."""
    reason = reasons.required(reason)
    if not is_on(session, user):
        raise Conflict(Message("{name} has no second factor.", name=user.display_name))
    _remove(session, user)
    _record(session, "second_factor_removed", user, by=by, now=now, reason=reason)
    security_notices.tell(session, SecurityChange.FACTOR_REMOVED, user_id=user.id, now=now)


def _remove(session: Session, user: User) -> None:
    for table in (SecondFactor, RecoveryCode, HalfSignIn):
        session.execute(delete(table).where(table.user_id == user.id))


def _record(session: Session, act: str, user: User, *, by: Actor, now: datetime, reason: str = "") -> None:
    audit.record(session, audit.Act(act, person(user.id), reason=reason), by=by, now=now)
