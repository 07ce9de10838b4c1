"""People in the audit trail: entries hold nobody's name, since no entry can ever be changed.

Whoever writes an entry calls a person `user 17`, by the number of their account; whoever reads it is told the
user name that the account has now. So when a person's data are deleted, the trail tells of a pseudonym.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session

from server.models import AuditEntry, User

PERSON = re.compile(r"user (\d+)")
ASKED_AT_ONCE = 500
FOUND_MOST = 50  # people whose entries a search by name looks for


def person(user_id: int) -> str:
    """What an entry calls this person, as its subject, as a key of its values, or in a list."""
    return f"user {user_id}"


class Names:
    """The user names of those whom some entries tell of."""

    def __init__(self, session: Session, entries: Iterable[AuditEntry]) -> None:
        ids = sorted({int(number) for entry in entries for number in _numbers(entry)})
        self._names: dict[str, str] = {}
        for start in range(0, len(ids), ASKED_AT_ONCE):
            query = select(User.id, User.username).where(User.id.in_(ids[start : start + ASKED_AT_ONCE]))
            self._names |= {person(row.id): f"user {row.username}" for row in session.execute(query)}

    def of(self, subject: str) -> str:
        """The subject, with a person's user name in place of their number."""
        return self._names.get(subject, subject)

    def within(self, value: Any) -> Any:
        """JSON values with user names as keys and in lists; a plain value stays, since people write those."""
        if isinstance(value, dict):
            return {self.of(key): self.within(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(each) if isinstance(each, str) else self.within(each) for each in value]
        return value


def _numbers(entry: AuditEntry) -> Iterable[str]:
    subject = PERSON.fullmatch(entry.subject)
    if subject:
        yield subject[1]
    for values in (entry.before, entry.after, entry.details):
        yield from PERSON.findall(str(values or ""))


def about_people(session: Session, text: str) -> list[ColumnElement[bool]]:
    """Conditions of which each finds the entries about one of those whose user name holds `text`."""
    ids = session.scalars(
        select(User.id)
        .where(User.username.icontains(text, autoescape=True))
        .order_by(User.id)
        .limit(FOUND_MOST)
    )
    values = [cast(column, Text) for column in (AuditEntry.before, AuditEntry.after, AuditEntry.details)]
    return [
        or_(AuditEntry.subject == person(each), *(column.contains(f'"{person(each)}"') for column in values))
        for each in ids
    ]
