"""One person's part in a course, as its instructors change it: added, changed, ended, taken up again.

Nobody is deleted: whoever leaves becomes inactive, and what they have sent keeps its place on the boards.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.audit import reasons
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.errors import Conflict, Invalid
from server.domain.people import courses
from server.domain.people.accounts import accounts
from server.domain.people.accounts.accounts import NewUser
from server.domain.people.accounts.acquaintance import require_known
from server.domain.people.courses import Enrolment
from server.domain.people.members.member import CoursePerson
from server.domain.people.roster.rows import NUMBER_MOST, number_key
from server.models import Course, Member, User


@dataclass(frozen=True)
class NewPerson:
    """Somebody to be added: the account, made if there is none of that user name, and the part."""

    username: str
    name: str
    email: str
    enrolment: Enrolment


def add_person(session: Session, *, course: Course, new: NewPerson, by: Actor, now: datetime) -> Member:
    """Put somebody into the course. An account that is there already keeps its own name and address.

    A new account has no password: its owner chooses one by a link, or staff hand one out. Raises Conflict for
    whoever is in the course already, for the account of a stranger, and for a student number that another
    has; Invalid without a name.
    """
    enrolment = _clean(new.enrolment)
    user = accounts.user_named(session, new.username)
    if user is not None and _part_of(session, course, user) is not None:
        raise Conflict(
            Message("'{username}' is in this course already; look for them below.", username=user.username)
        )
    _require_free_number(session, course, enrolment.student_number, of=None)
    if user is not None:
        require_known(session, user=user, name=new.name, email=new.email, role=enrolment.role, by=by)
    else:
        if not new.name.strip():
            raise Invalid(
                Message("A new person needs a name: without one all would see the user name on the board.")
            )
        account = NewUser(new.username, new.name, email=new.email.strip())
        user = accounts.create_user(session, account, by=by, now=now)
    return courses.add_member(session, course=course, user=user, enrolment=enrolment, by=by, now=now)


def change(
    session: Session, *, course: Course, about: CoursePerson, to: Enrolment, by: Actor, now: datetime
) -> None:
    """Give somebody another role, number, department or section.

    Raises Conflict for one's own role, and for a student number that another has.
    """
    to = _clean(to)
    if about.user.id == by.user_id and to.role is not about.member.role:
        raise Conflict(
            Message(
                "You cannot change your own role: ask another instructor, or an admin of the installation."
            )
        )
    _require_free_number(session, course, to.student_number, of=about.user.id)
    before, numbers = courses.facts_of(about.member), (about.member.student_number, to.student_number)
    about.member.role, about.member.student_number = to.role, to.student_number
    about.member.department, about.member.section = to.department, to.section
    session.add(about.member)
    session.flush()
    after = courses.facts_of(about.member)
    if numbers[0] != numbers[1]:  # the trail keeps nobody's number, and tells that there is another
        before, after = before | {"student_number": "one"}, after | {"student_number": "another"}
    act = audit.Act("member_changed", person(about.user.id), course_id=course.id, before=before, after=after)
    audit.record(session, act, by=by, now=now)


def deactivate(session: Session, *, about: CoursePerson, reason: str, by: Actor, now: datetime) -> None:
    """Close the course to somebody. Raises Conflict for oneself and for whoever is inactive; Invalid."""
    if about.user.id == by.user_id:
        raise Conflict(Message("You cannot close the course to yourself: another instructor has to do it."))
    _set_active(session, about, is_active=False, reason=reason, by=by, now=now)


def bring_back(session: Session, *, about: CoursePerson, reason: str, by: Actor, now: datetime) -> None:
    """Open the course to somebody again. Raises Conflict for whoever is active; Invalid."""
    _set_active(session, about, is_active=True, reason=reason, by=by, now=now)


def _set_active(
    session: Session, about: CoursePerson, *, is_active: bool, reason: str, by: Actor, now: datetime
) -> None:
    reason = reasons.required(reason)
    if about.member.is_active is is_active:
        raise Conflict(
            Message("This person is in the course already.")
            if is_active
            else Message("This person is out of the course already.")
        )
    before = courses.facts_of(about.member)
    about.member.is_active = is_active
    session.add(about.member)
    session.flush()
    act = audit.Act(
        "member_changed",
        person(about.user.id),
        course_id=about.member.course_id,
        reason=reason,
        before=before,
        after=courses.facts_of(about.member),
    )
    audit.record(session, act, by=by, now=now)


def _part_of(session: Session, course: Course, user: User) -> Member | None:
    return session.scalar(select(Member).where(Member.course_id == course.id, Member.user_id == user.id))


def _clean(enrolment: Enrolment) -> Enrolment:
    number = (enrolment.student_number or "").strip()
    if len(number) > NUMBER_MOST:
        raise Invalid(
            Message(
                "A student number has at most {most} characters; this one has {length}.",
                most=NUMBER_MOST,
                length=len(number),
            )
        )
    return replace(
        enrolment,
        student_number=number or None,
        department=enrolment.department.strip(),
        section=enrolment.section.strip(),
    )


def _require_free_number(session: Session, course: Course, number: str | None, *, of: int | None) -> None:
    if number is None:
        return
    rows = session.execute(
        select(Member.user_id, Member.student_number, User.display_name)
        .join(User, User.id == Member.user_id)
        .where(Member.course_id == course.id, Member.student_number.is_not(None))
    )
    for user_id, other, name in rows:
        if user_id != of and number_key(other or "") == number_key(number):
            raise Conflict(
                Message("The student number '{number}' is {name}'s already.", number=number, name=name)
            )
