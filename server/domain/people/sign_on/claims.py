"""From what a provider vouches for to an account: by one claim, compared with one fact of the roster.

A student number counts only where no course of an account has another one, and it suffices only where all
have it: else the staff of one course could give a number that somebody controls to an account of another.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people.accounts.accounts import NAME_MOST, user_named
from server.domain.people.roster.rows import number_key
from server.domain.people.sign_on.refusals import SignOnRefused
from server.models import Member, User


class RosterFact(StrEnum):
    """With what of an account a provider's claim is compared."""

    EMAIL = "email"
    USERNAME = "username"
    STUDENT_NUMBER = "student_number"


WORDS = {
    RosterFact.EMAIL: Message("mail address"),
    RosterFact.USERNAME: Message("user name"),
    RosterFact.STUDENT_NUMBER: Message("student number"),
}
EMAIL = "email"  # the claim that says by another whether it is verified
TRUE = (True, "true")  # some providers write it as a text


@dataclass(frozen=True)
class ClaimRule:
    """Which claim names a person, what it is compared with, and of which mail domains it must be.

    label: what people call the provider. domains: in small letters; empty: any.
    """

    label: str
    claim: str
    fact: RosterFact
    domains: tuple[str, ...] = ()


def verified(claims: dict[str, Any], rule: ClaimRule) -> str:
    """The value by which the provider vouches for a person.

    Raises SignOnRefused where it tells none, does not vouch for it, or it is of a foreign domain. Any claim
    but `email` counts as vouched for: the operator has named it.
    """
    value = claims.get(rule.claim)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= NAME_MOST:
        raise SignOnRefused(
            Message(
                "{label} does not tell who you are here. Tell the operator of this installation, whose log "
                "has the reason; your password works as before.",
                label=rule.label,
            ),
            reason=f"the token has no claim {rule.claim!r}",
        )
    value = value.strip()
    if rule.claim == EMAIL and claims.get("email_verified") not in TRUE:
        raise SignOnRefused(
            Message(
                "{label} has not verified that {address} is yours, so it opens no account. Verify it there, "
                "then sign in again.",
                label=rule.label,
                address=value,
            ),
            reason="email_verified is not true",
        )
    if rule.domains and value.rpartition("@")[2].casefold() not in rule.domains:
        raise SignOnRefused(
            Message(
                "{label} knows you as {value}; accounts here are of {domains}. Choose your other account "
                "there.",
                label=rule.label,
                value=value,
                domains=", ".join(rule.domains),
            ),
            reason="of a foreign domain",
        )
    return value


@dataclass(frozen=True)
class NamedAccount:
    """An account that a claim names. is_agreed: whether each of its courses has the number, too."""

    user: User
    is_agreed: bool


def account_of(session: Session, value: str, rule: ClaimRule) -> NamedAccount:
    """The one active account whose fact is `value`; raises SignOnRefused for none, several, or one closed."""
    users = accounts_with(session, value, rule)
    if len(users) != 1:
        raise SignOnRefused(
            Message(
                "{label} knows you as {value}, and no account here has this {fact}. Ask your course's staff "
                "to write it into the roster; where you have an account, sign in with its password and link "
                "the two on the page Account.",
                label=rule.label,
                value=value,
                fact=WORDS[rule.fact],
            ),
            reason=f"{len(users)} accounts have this {rule.fact.value}",
        )
    require_active(users[0])
    has_no_number = select(Member.user_id).where(
        Member.user_id == users[0].id, func.coalesce(Member.student_number, "") == ""
    )
    is_agreed = rule.fact is not RosterFact.STUDENT_NUMBER or session.scalar(has_no_number.limit(1)) is None
    return NamedAccount(users[0], is_agreed)


def require_active(user: User) -> None:
    """Raise SignOnRefused for an account that is switched off."""
    if not user.is_active:
        raise SignOnRefused(
            Message("Your account is switched off. Ask your course's staff why."),
            reason=f"the account {user.id} is switched off",
        )


def numbers_of(session: Session, user: User) -> list[str]:
    """The student numbers that courses give to this account."""
    numbers = select(Member.student_number).where(Member.user_id == user.id)
    return sorted({each for each in session.scalars(numbers) if each})


def accounts_with(session: Session, value: str, rule: ClaimRule) -> list[User]:
    """The accounts that have this fact, whether active or not; of several no more than some."""
    match rule.fact:
        case RosterFact.EMAIL:
            query = select(User).where(func.lower(User.email) == value.lower(), User.email != "")
            return list(session.scalars(query.limit(2)))
        case RosterFact.USERNAME:
            return _of_username(session, _name_in(value, rule))
        case RosterFact.STUDENT_NUMBER:
            return _of_number(session, _name_in(value, rule))


def _name_in(value: str, rule: ClaimRule) -> str:
    """The name or number that the value is; of an address in one of the domains, what stands before the @."""
    return value.rpartition("@")[0] if rule.domains else value


def _of_username(session: Session, name: str) -> list[User]:
    try:
        user = user_named(session, name)
    except Invalid:  # what can be no user name is nobody's
        return []
    return [] if user is None else [user]


def _of_number(session: Session, number: str) -> list[User]:
    """Who has no other number anywhere; of several those on whose number all of their courses agree."""
    key = number_key(number)
    has_it = select(Member.user_id).where(func.lower(Member.student_number) == key)
    rows = session.execute(
        select(User, Member.student_number).join(Member, Member.user_id == User.id).where(User.id.in_(has_it))
    ).all()
    numbers: dict[int, set[str]] = {}
    for user, each in rows:
        numbers.setdefault(user.id, set()).add(number_key(each or ""))
    users = {user.id: user for user, _ in rows}
    agreed = [user for user in users.values() if numbers[user.id] == {key}]
    return agreed or [user for user in users.values() if numbers[user.id] == {key, ""}]
