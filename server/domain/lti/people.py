"""Who is in a course of a platform, and who of them is who here.

A person is found by an identity that they have linked, else by the student number, else by an address that
one member of the course alone has. Only students come into a roster: a platform makes nobody staff here.
Source: 1EdTech Names and Role Provisioning Services 2.0.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, table_of, upsert
from server.domain.errors import Conflict
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.launches import INSTRUCTOR, LEARNER
from server.domain.people.roster.rows import number_key
from server.domain.people.sign_on.claims import RosterFact
from server.models import LinkedIdentity, LtiContext, LtiMember, LtiPlatform, Member, User

SHORT = {"Learner": LEARNER, "Instructor": INSTRUCTOR}  # roles as some platforms write them
HEADER = ("User name", "Student number", "Name", "Email", "Role")
_MEMBER = table_of(LtiMember)


class PlatformRefuses(Conflict):
    """A platform does not do what it was asked; `reason` says how."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(
            Message(
                "{label} does not answer as it should: {reason}. Nothing was changed; try again in a minute.",
                label=label,
                reason=reason,
            )
        )


@dataclass(frozen=True)
class PlatformPerson:
    """One person in a course of a platform; "" for what it does not tell."""

    subject: str
    name: str = ""
    email: str = ""
    student_number: str = ""
    username: str = ""
    is_student: bool = True


def person_of(value: Any) -> PlatformPerson | None:
    """The person that a platform's list has there; None for nobody, and for one who has left."""
    if not isinstance(value, dict) or value.get("status", "Active") != "Active":
        return None
    texts = {name: text.strip() for name, text in value.items() if isinstance(text, str)}
    roles = {SHORT.get(each, each) for each in value.get("roles", ()) if isinstance(each, str)}
    if not texts.get("user_id"):
        return None
    name = texts.get("name") or f"{texts.get('given_name', '')} {texts.get('family_name', '')}".strip()
    return PlatformPerson(
        texts["user_id"],
        name=name,
        email=texts.get("email", ""),
        student_number=texts.get("lis_person_sourcedid", ""),
        username=texts.get("ext_user_username", ""),
        is_student=LEARNER in roles and INSTRUCTOR not in roles,
    )


def matched(session: Session, people: Iterable[PlatformPerson], *, linked: LinkedContext) -> dict[str, User]:
    """Who the people are here, by their subject, of the linked course's members; nobody is two of them."""
    rows = session.execute(
        select(User, Member.student_number)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == linked.context.course_id)
    ).all()
    users = {user.id: user for user, _ in rows}
    linked_ids = dict(
        session.execute(
            select(LinkedIdentity.subject, LinkedIdentity.user_id).where(
                LinkedIdentity.issuer == linked.platform.issuer
            )
        ).all()
    )
    numbers = {number_key(number): user.id for user, number in rows if number}
    emails = _once_each((user.email.casefold(), user.id) for user, _ in rows if user.email)
    people = list(people)
    matches: dict[str, User] = {}
    for ids in (
        {each.subject: linked_ids.get(each.subject) for each in people},
        {each.subject: numbers.get(number_key(each.student_number)) for each in people},
        {each.subject: emails.get(each.email.casefold()) for each in people},
    ):
        taken = {user.id for user in matches.values()}
        for subject, user_id in ids.items():
            if user_id in users and user_id not in taken and subject not in matches:
                matches[subject] = users[user_id]
                taken.add(user_id)
    return matches


def _once_each(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The values by those keys that come once."""
    counts: dict[str, list[int]] = {}
    for key, value in pairs:
        counts.setdefault(key, []).append(value)
    return {key: values[0] for key, values in counts.items() if len(values) == 1}


def as_roster(
    people: Iterable[PlatformPerson], matches: Mapping[str, User], *, platform: LtiPlatform
) -> bytes:
    """The students as a roster file, which is then read, compared and imported as any other."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for each in people:
        if each.is_student:
            username = _username(each, matches.get(each.subject), platform)
            writer.writerow([username, each.student_number, each.name, each.email, "student"])
    return out.getvalue().encode()


def _username(person: PlatformPerson, user: User | None, platform: LtiPlatform) -> str:
    """What a person is called here: their account's name, else what the platform tells, "" for a number."""
    if user is not None:
        return user.username
    if platform.matches == RosterFact.USERNAME and person.username:
        return person.username
    return "" if person.student_number else person.email


def keep_people(
    session: Session, people: Iterable[PlatformPerson], matches: Mapping[str, User], *, context: LtiContext
) -> None:
    """Note who is in a course of a platform now, and who that is here."""
    session.execute(update(LtiMember).where(LtiMember.context_id == context.id).values(user_id=None))
    rows = [
        {
            "context_id": context.id,
            "subject": each.subject,
            "is_instructor": False,
            "user_id": matches[each.subject].id,
        }
        for each in people
        if each.subject in matches
    ]
    new = upsert(_MEMBER)
    changed = new.on_conflict_do_update(
        index_elements=["context_id", "subject"], set_={"user_id": new.excluded.user_id}
    )
    for row in rows:
        execute(session, changed, row)


def subjects_of(people: Iterable[PlatformPerson], matches: Mapping[str, User]) -> dict[int, str]:
    """By which subject the platform knows its students who are here, by account."""
    return {
        matches[each.subject].id: each.subject
        for each in people
        if each.is_student and each.subject in matches
    }


def people_who_came(session: Session, *, linked: LinkedContext) -> Sequence[PlatformPerson]:
    """Who has come from a course of a platform, for one that offers no list of its people."""
    subjects = select(LtiMember.subject).where(
        LtiMember.context_id == linked.context.id, ~LtiMember.is_instructor
    )
    return [PlatformPerson(subject) for subject in session.scalars(subjects)]
