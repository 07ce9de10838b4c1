"""Whose account a course's staff may bring into it: that of somebody whom they know.

Whoever types a user name is shown nothing of an account that they could not name otherwise, and no course
takes in an account that somebody else has made under the name of a person whom it expects. Known is who
shares a course with whoever asks, and who has the address that was typed, or the name where none speaks.
"""

import unicodedata
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from grader.messages import Message
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict
from server.domain.texts.letters import name_key
from server.models import Member, Role, User

STRANGER = Message(
    "'{username}' is the user name of an account here, and what you typed is neither its address nor its "
    "name. Write the name or the address that the person has here, or ask an admin of the installation to "
    "add them."
)
STRANGER_TO_STAFF = Message(
    "'{username}' is the user name of an account here whose address is another than the one you typed. Write "
    "the address that the person has here, or ask an admin of the installation to add them to the staff."
)


def strangers_to(session: Session, by: Actor, *, user_ids: Collection[int]) -> set[int]:
    """Those of these people who share no course with whoever asks; nobody is a stranger to an admin."""
    if by.user_id is None or session.get_one(User, by.user_id).is_admin:
        return set()
    own = aliased(Member)
    shared = (
        select(Member.user_id)
        .join(own, own.course_id == Member.course_id)
        .where(own.user_id == by.user_id, own.is_active.is_(True), own.role != Role.STUDENT)
    )
    return set(user_ids) - set(session.scalars(shared))


def is_meant(user: User, *, name: str, email: str, role: Role) -> bool:
    """Whether what was typed of somebody is this account's; for the staff, its address has to be.

    >>> ann = User(display_name="Ann Lee", email="Ann@x.edu")
    >>> is_meant(ann, name="Lee, Ann", email="", role=Role.STUDENT)
    True
    >>> is_meant(ann, name="Ann Lee", email="else@x.edu", role=Role.STUDENT)
    False
    """
    typed, own = email.strip().casefold(), user.email.strip().casefold()
    if typed and own:
        return typed == own
    if role.is_staff and own:
        return False
    return bool(name.strip()) and _parts(name) == _parts(user.display_name)


def require_known(session: Session, *, user: User, name: str, email: str, role: Role, by: Actor) -> None:
    """Raise Conflict for an account that whoever adds it has not shown to know."""
    is_shown = is_meant(user, name=name, email=email, role=role)
    if not is_shown and strangers_to(session, by, user_ids=[user.id]):
        message = STRANGER_TO_STAFF if role.is_staff else STRANGER
        raise Conflict(message.filled(username=user.username))


def _parts(name: str) -> list[str]:
    """The words of a name, in whichever order they stand."""
    words = "".join(each if unicodedata.category(each)[0] in "LMN" else " " for each in name_key(name))
    return sorted(words.split())
