"""Codes that are typed: of the app, each once and within one step of its clock, or a recovery code, once.

Tries are counted by account, and before a code is compared, as those of passwords are.
"""

import hmac
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Invalid, LimitReached, NotSignedIn
from server.domain.people.accounts import tries
from server.domain.people.second_factor.sealing import CODE_LENGTH, Seal
from server.models import RecoveryCode, SecondFactor, User

STEP_SECONDS = 30
DRIFT = (-1, 0, 1)  # steps by which a phone's clock may be off


class CodeNeeded(NotSignedIn):
    """The password was right, and the account has a second factor."""

    code = "code_needed"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "This account has a second factor: send the six digits of its app, or a recovery code, as "
                "`code`. `splitboard login` asks for it, or takes it with --code."
            )
        )


class WrongCode(Invalid):
    """The code is wrong, too old, or was used before: one sentence for all of these."""

    code = "wrong_code"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "This code is wrong or was used already. Wait for the app's next one; where it never fits, "
                "set your phone's clock by the network."
            )
        )


class TooManyCodes(LimitReached):
    """Too many wrong codes for one account."""

    code = "too_many_codes"

    def __init__(self, again_at: datetime, now: datetime) -> None:
        seconds = max(1, round((again_at - now).total_seconds()))
        super().__init__(
            Message(
                "Too many wrong codes were typed for this account. Try again in {seconds} seconds.",
                seconds=seconds,
            ),
            details={"resets_at": iso(again_at), "resets_in_seconds": seconds},
        )


def count_try(session: Session, *, user: User, now: datetime) -> None:
    """Count a code that is tried, in a transaction of its own; raises TooManyCodes."""
    again_at = tries.count(session, tries.of_codes(user.id), tries.OF_CODES, now=now)
    if again_at is not None:
        raise TooManyCodes(again_at, now)


def use(session: Session, *, user: User, code: str, seal: Seal, now: datetime) -> None:
    """Take a code of the app or a recovery code of the user's second factor; raises WrongCode.

    Its try was counted by `count_try`, and is forgotten.
    """
    factor = session.scalar(
        select(SecondFactor).where(SecondFactor.user_id == user.id, SecondFactor.confirmed_at.is_not(None))
    )
    if factor is None:
        raise WrongCode
    plain = "".join(each for each in code if each.isalnum())
    if len(plain) == CODE_LENGTH:
        _use_recovery_code(session, user=user, code=plain, seal=seal)
    else:
        use_app_code(session, factor=factor, code=plain, seal=seal, now=now)
    tries.forget_keys(session, [tries.of_codes(user.id)])


def _use_recovery_code(session: Session, *, user: User, code: str, seal: Seal) -> None:
    used = delete(RecoveryCode).where(
        RecoveryCode.user_id == user.id, RecoveryCode.sealed == seal.hash_of(user.id, code)
    )
    if session.scalar(used.returning(RecoveryCode.id)) is None:
        raise WrongCode


def use_app_code(session: Session, *, factor: SecondFactor, code: str, seal: Seal, now: datetime) -> None:
    """Take a code of the app, later than the last one that was taken; raises WrongCode.

    Source: RFC 6238, section 5.2, with a step of drift to either side.
    """
    digits = "".join(each for each in code if each.isalnum())
    app, this_step = pyotp.TOTP(seal.opened(factor.sealed_key)), int(now.timestamp()) // STEP_SECONDS
    steps = [this_step + drift for drift in DRIFT]
    right = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), digits.encode())]
    if not right:
        raise WrongCode
    later = update(SecondFactor).where(
        SecondFactor.user_id == factor.user_id, SecondFactor.last_step < max(right)
    )
    step = session.scalar(later.values(last_step=max(right)).returning(SecondFactor.last_step))
    if step is None:
        raise WrongCode
