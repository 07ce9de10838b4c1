"""Who is in a course of a platform, and who of them is who here.

A person is found by an identity that they have linked, else by the fact that the registration has chosen,
where one person there and one member here alone have it. Only students come into a roster: a platform makes
nobody staff here.
Source: 1EdTech Names and Role Provisioning Services 2.0.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import execute, table_of, upsert
from server.domain.errors import Conflict
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.launches import INSTRUCTOR, LEARNER
from server.domain.lti.platforms import identity_issuer
from server.domain.people.roster.rows import number_key
from server.domain.people.sign_on.claims import RosterFact
from server.models import LinkedIdentity, LtiContext, LtiMember, LtiPlatform, Member, Role, User

SHORT = {"Learner": LEARNER, "Instructor": INSTRUCTOR}  # roles as some platforms write them
HEADER = ("User name", "Student number", "Name", "Email", "Role")
_MEMBER = table_of(LtiMember)
T = TypeVar("T")


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

    @property
    def shown_as(self) -> str:
        """What staff know the person by, as far as the platform tells it."""
        return self.name or self.username or self.email or self.student_number or self.subject


def person_of(value: Any) -> PlatformPerson | None:
    """The person that a platform's list has there; None for nobody, and for one who has left."""
    if not isinstance(value, dict) or value.get("status", "Active") != "Active":
        return None
    texts = {name: text.strip() for name, text in value.items() if isinstance(text, str)}
    listed = value.get("roles")
    texts_of_roles = (each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()
    roles = {SHORT.get(each, each) for each in texts_of_roles}
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
    people = list(people)
    rows = session.execute(
        select(User, Member.student_number)
        .join(Member, Member.user_id == User.id)
        .where(Member.course_id == linked.context.course_id)
    ).all()
    users = {user.id: user for user, _ in rows}
    own_identities = LinkedIdentity.issuer == identity_issuer(linked.platform.id)
    identities = dict(
        session.execute(select(LinkedIdentity.subject, LinkedIdentity.user_id).where(own_identities)).all()
    )
    matches = {
        each.subject: users[identities[each.subject]]
        for each in people
        if identities.get(each.subject) in users
    }
    fact = RosterFact(linked.platform.matches)
    here = _once_each((_fact_here(user, number, fact), user.id) for user, number in rows)
    there = _once_each((_fact_there(each, fact), each.subject) for each in people)
    taken = {user.id for user in matches.values()}
    for key, subject in there.items():
        user_id = here.get(key)
        if user_id is not None and user_id not in taken and subject not in identities:
            matches[subject] = users[user_id]
    return matches


def _fact_here(user: User, number: str | None, fact: RosterFact) -> str:
    match fact:
        case RosterFact.EMAIL:
            return user.email.casefold()
        case RosterFact.USERNAME:
            return user.username.casefold()
        case RosterFact.STUDENT_NUMBER:
            return number_key(number or "")


def _fact_there(person: PlatformPerson, fact: RosterFact) -> str:
    match fact:
        case RosterFact.EMAIL:
            return person.email.casefold()
        case RosterFact.USERNAME:
            return person.username.casefold()
        case RosterFact.STUDENT_NUMBER:
            return number_key(person.student_number)


def _once_each(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    """The values by those keys that come once; an empty key is nobody's."""
    counts: dict[str, list[T]] = {}
    for key, value in pairs:
        if key:
            counts.setdefault(key, []).append(value)
    return {key: values[0] for key, values in counts.items() if len(values) == 1}


@dataclass(frozen=True)
class WithoutPartner:
    """The names of students of a course there who are nobody here, and of those here who are nobody there."""

    there: tuple[str, ...]
    here: tuple[str, ...]


def without_partner(
    session: Session,
    people: Iterable[PlatformPerson],
    matches: Mapping[str, User],
    *,
    linked: LinkedContext,
) -> WithoutPartner:
    """Which students have no partner on the other side, in the order of their names."""
    students = session.scalars(
        select(User)
        .join(Member, Member.user_id == User.id)
        .where(
            Member.course_id == linked.context.course_id,
            Member.role == Role.STUDENT,
            Member.is_active.is_(True),
        )
    )
    partners = {user.id for user in matches.values()}
    there = (each.shown_as for each in people if each.is_student and each.subject not in matches)
    here = (user.display_name for user in students if user.id not in partners)
    return WithoutPartner(tuple(sorted(there)), tuple(sorted(here)))


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
