"""Courses and who is in them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from grader.messages import Message
from grader.parted_text import whole_of
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.names import person
from server.domain.boards.new_names import names_changed
from server.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from server.domain.people.calendar import EMPTY, Calendar
from server.domain.people.languages import require_language
from server.domain.rights.of_tas import require_right, rights_of
from server.models import ALL_RIGHTS, BoardNames, Course, Member, Right, Role, User

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
TITLE_MOST = 200
CONTACT_MOST = 200  # characters
ROWS_MOST = 100_000  # ranks that a board lists
USUAL_HOUR = 3  # of the night, for the comparison of files
CHANGED = "course_changed"
RESERVED = frozenset({"new"})  # slugs that would hide behind an address of ours
_COURSES_OF = (
    select(Course, Member.role)
    .join(Member, Member.course_id == Course.id)
    .where(Member.user_id == bindparam("user_id"), Member.is_active.is_(True))
    .order_by(Course.title, Course.id)
)


@dataclass(frozen=True)
class Membership:
    """A course, and the role and the rights that one user has in it."""

    course: Course
    role: Role
    rights: frozenset[Right]

    def require(self, right: Right) -> None:
        """Raise NotAllowed unless the user has this right of the staff."""
        require_right(self.rights, right)


@dataclass(frozen=True)
class Enrolment:
    """A person's part in a course: the role, and for students what the roster says of them."""

    role: Role
    student_number: str | None = None
    department: str = ""
    section: str = ""


@dataclass(frozen=True)
class CourseSettings:
    """What a course's instructors may set; its local days are those of the IANA zone `zone`.

    language: of its pages where a browser asks for none that is there, as in "zh-TW"; "" for English.
    contact: a line that says whom its people write to; "" for nobody. board_names, board_rows: how boards
    look to those who may not see names (server/domain/boards/veil.py). look_alikes_hour: at which hour of its
    nights files are compared; None for never.
    """

    title: str
    zone: str
    language: str = ""
    calendar: Calendar = EMPTY
    contact: str = ""
    board_names: BoardNames = BoardNames.REAL
    board_rows: int | None = None
    look_alikes_hour: int | None = USUAL_HOUR

    def as_json(self) -> dict[str, str | int | list[str] | None]:
        """The settings as the audit trail keeps them."""
        return {
            "title": self.title,
            "zone": self.zone,
            "language": self.language,
            **self.calendar.as_json(),
            "contact": self.contact,
            "board_names": self.board_names.value,
            "board_rows": self.board_rows,
            "look_alikes_hour": self.look_alikes_hour,
        }


@dataclass(frozen=True)
class NewCourse:
    """A course to be: its name in addresses, and its settings."""

    slug: str
    settings: CourseSettings


def create_course(session: Session, new: NewCourse, *, by: Actor, now: datetime) -> Course:
    """A new course; Invalid for a bad slug, zone or language, Conflict for a taken slug."""
    slug = new.slug
    if not SLUG.fullmatch(slug) or slug in RESERVED:
        raise Invalid(
            Message(
                "A course's slug has small letters, digits and hyphens, at most 60; '{slug}' does not fit.",
                slug=slug,
            )
        )
    columns = _columns(new.settings, usual_title=slug)
    if session.scalar(select(Course.id).where(Course.slug == slug)) is not None:
        raise Conflict(Message("There is a course '{slug}' already.", slug=slug))
    course = Course(slug=slug, created_at=now, **columns)
    session.add(course)
    session.flush()
    after = {"slug": slug, **settings_of(course).as_json()}
    act = audit.Act("course_created", f"course {course.slug}", course_id=course.id, after=after)
    audit.record(session, act, by=by, now=now)
    return course


def settings_of(course: Course) -> CourseSettings:
    """The course's settings as they stand."""
    holidays = tuple(date.fromisoformat(day) for day in course.holidays)
    calendar = Calendar(course.first_day, holidays)
    return CourseSettings(
        whole_of(course.title),
        course.zone,
        course.language,
        calendar,
        course.contact,
        course.board_names,
        course.board_rows,
        course.look_alikes_hour,
    )


def change_settings(
    session: Session, settings: CourseSettings, *, course: Course, by: Actor, now: datetime, step: str = ""
) -> None:
    """Give the course these settings; Invalid for a bad zone or language, or where nothing would change.

    step: what the audit trail calls a change that takes another one back, or makes it again.
    """
    row = session.get_one(Course, course.id, populate_existing=True)
    before = settings_of(row).as_json()
    for name, value in _columns(settings, usual_title=whole_of(row.title)).items():
        setattr(row, name, value)
    after = settings_of(row).as_json()
    names = [name for name in after if before[name] != after[name]]
    if not names:
        raise Invalid(Message("Nothing would change: these are the course's settings already."))
    session.flush()
    if not {"board_names", "board_rows"}.isdisjoint(names):
        names_changed(session, course_id=row.id)
    act = audit.Act(
        CHANGED,
        f"course {row.slug}",
        course_id=row.id,
        details={"step": step} if step else None,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )
    audit.record(session, act, by=by, now=now)


def _columns(settings: CourseSettings, *, usual_title: str) -> dict[str, Any]:
    """The settings as columns of a course; raises Invalid for a zone or a language that is not there."""
    if settings.zone not in available_timezones():
        raise Invalid(
            Message("'{zone}' is no IANA time zone; an example is Asia/Taipei.", zone=settings.zone)
        )
    require_language(settings.language)
    if settings.board_rows is not None and not 1 <= settings.board_rows <= ROWS_MOST:
        raise Invalid(
            Message(
                "A board lists 1 to {most:,} ranks, not {rows}; leave the field empty for all.",
                most=ROWS_MOST,
                rows=settings.board_rows,
            )
        )
    return {
        "title": " ".join(settings.title.split())[:TITLE_MOST] or usual_title,
        "zone": settings.zone,
        "language": settings.language,
        "first_day": settings.calendar.first_day,
        "holidays": settings.calendar.as_json()["holidays"],
        "contact": " ".join(settings.contact.split())[:CONTACT_MOST],
        "board_names": settings.board_names,
        "board_rows": settings.board_rows,
        "look_alikes_hour": settings.look_alikes_hour,
    }


def course_named(session: Session, slug: str) -> Course:
    """The course with this slug; raises NotFound."""
    course = session.scalar(select(Course).where(Course.slug == slug))
    if course is None:
        raise NotFound(Message("There is no course '{slug}'.", slug=slug))
    return course


def membership(session: Session, *, slug: str, user: User) -> Membership:
    """The course with this slug, and the role of this user in it; NotFound for strangers."""
    for each in courses_of(session, user=user):
        if each.course.slug == slug:
            return each
    raise NotFound(Message("There is no course '{slug}' of yours.", slug=slug))


def as_staff(session: Session, *, slug: str, user: User) -> Membership:
    """The course with this slug for its staff. Raises NotFound for strangers, NotAllowed for students."""
    own = membership(session, slug=slug, user=user)
    if not own.role.is_staff:
        raise NotAllowed(Message("This is for the course's staff: TAs and instructors."))
    return own


def as_instructor(session: Session, *, slug: str, user: User) -> Course:
    """The course with this slug for its instructors and admins.

    Raises NotFound for strangers, NotAllowed for others.
    """
    own = membership(session, slug=slug, user=user)
    require_instructor(own.role)
    return own.course


def require_instructor(role: Role) -> None:
    """Raise NotAllowed for students and TAs."""
    if role is not Role.INSTRUCTOR:
        raise NotAllowed(
            Message("This is for the instructors of the course, and for admins of the installation.")
        )


def member_of(session: Session, *, course_id: int, user_id: int) -> Member | None:
    """The user's active part in the course, or None for those outside it."""
    return session.scalar(
        select(Member).where(
            Member.course_id == course_id, Member.user_id == user_id, Member.is_active.is_(True)
        )
    )


def member_counts(session: Session, course: Course) -> dict[Role, int]:
    """How many active members the course has, by role."""
    query = select(Member.role, func.count()).where(Member.course_id == course.id, Member.is_active)
    return dict(session.execute(query.group_by(Member.role)).all())


def add_member(
    session: Session, *, course: Course, user: User, enrolment: Enrolment, by: Actor, now: datetime
) -> Member:
    """The user's part in the course, which is now this; who had left is active again. Safe to repeat."""
    query = select(Member).where(Member.course_id == course.id, Member.user_id == user.id)
    member = session.scalar(query)
    before = None if member is None else facts_of(member)
    if member is None:
        member = Member(course_id=course.id, user_id=user.id)
        session.add(member)
    member.role, member.is_active = enrolment.role, True
    member.student_number = enrolment.student_number
    member.department, member.section = enrolment.department, enrolment.section
    session.flush()
    names_changed(session, course_id=course.id)
    act = audit.Act(
        "member_added" if before is None else "member_changed",
        person(user.id),
        course_id=course.id,
        before=before,
        after=facts_of(member),
    )
    audit.record(session, act, by=by, now=now)
    return member


def facts_of(member: Member) -> dict[str, str | bool]:
    """What the audit trail keeps of a part in a course: no number and no department."""
    return {
        "role": member.role.value,
        "has_student_number": member.student_number is not None,
        "section": member.section,
        "is_active": member.is_active,
    }


def courses_of(session: Session, *, user: User) -> list[Membership]:
    """The courses of `user` by title; an admin of the installation is an instructor in all of them."""
    if user.is_admin:
        every = session.scalars(select(Course).order_by(Course.title, Course.id))
        return [Membership(course, Role.INSTRUCTOR, ALL_RIGHTS) for course in every]
    rows = session.execute(_COURSES_OF, {"user_id": user.id})
    return [
        Membership(course, role, rights_of(session, course_id=course.id, user_id=user.id, role=role))
        for course, role in rows
    ]
