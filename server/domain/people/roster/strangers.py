"""Accounts that a roster names and that whoever imports it has not shown to know."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from server.domain.audit.actor import Actor
from server.domain.people.accounts.accounts import username_key
from server.domain.people.accounts.acquaintance import STRANGER, STRANGER_TO_STAFF, is_meant, strangers_to
from server.domain.people.roster.file import Roster
from server.domain.people.roster.known import KnownAccount
from server.domain.people.roster.rows import RosterProblem
from server.models import Role


def without_strangers(
    session: Session, roster: Roster, known: Mapping[str, KnownAccount], *, by: Actor
) -> Roster:
    """The roster with a problem for each account that is neither in the course nor known to the importer."""
    outsiders = {key: account.user for key, account in known.items() if account.member is None}
    strangers = strangers_to(session, by, user_ids=[user.id for user in outsiders.values()])
    problems = []
    for row in roster.rows:
        user, role = outsiders.get(username_key(row.username)), row.role or Role.STUDENT
        if user is None or user.id not in strangers:
            continue
        if not is_meant(user, name=row.name or "", email=row.email or "", role=role):
            message = STRANGER_TO_STAFF if role.is_staff else STRANGER
            problems.append(RosterProblem(row.line, message.filled(username=user.username)))
    return replace(roster, problems=(*roster.problems, *problems))
