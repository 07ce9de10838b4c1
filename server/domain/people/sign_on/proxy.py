"""Whom a web server in front has signed in, by the name that it gives."""

from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.people.accounts.accounts import username_key
from server.domain.people.sign_on.claims import WORDS, ClaimRule, RosterFact, accounts_with, require_active
from server.domain.people.sign_on.refusals import SignOnRefused
from server.models import User


def account_named(session: Session, name: str, fact: RosterFact) -> User:
    """The one active account that the proxy names; raises SignOnRefused for none, several or one closed."""
    users = accounts_with(session, name, ClaimRule("", "", fact))
    if len(users) != 1:
        raise SignOnRefused(
            Message(
                "The web server in front of this site knows you as {value}, and no account here has this "
                "{fact}. Ask your course's staff to write it into the roster.",
                value=name,
                fact=WORDS[fact],
            ),
            reason=f"{len(users)} accounts have the {fact.value} that the proxy names",
        )
    require_active(users[0])
    return users[0]


def is_named(user: User, name: str, fact: RosterFact) -> bool:
    """Whether the proxy names this user, and nobody else."""
    if fact is RosterFact.EMAIL:
        return name.lower() == user.email.lower() != ""
    try:
        return username_key(name) == user.username_key
    except Invalid:
        return False
