"""The people of a course as its staff look for them: a page of those that pass the filters, in an order.

A constant number of statements, however many people there are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.members.member import CoursePerson
from server.domain.texts.order_words import OrderWord
from server.models import Competition, Course, Member, Role, Submission, TeamMember, User


class Activity(StrEnum):
    """What somebody has done, or not: a question that staff ask of all."""

    ANY = ""
    NEVER_SIGNED_IN = "never"
    NOTHING_HANDED_IN = "nothing"


class Presence(StrEnum):
    """Whether somebody is in the course now."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ALL = "all"


class PeopleSort(OrderWord):
    """What the people stand by; a minus turns the order around."""

    NAME = "name"
    NAME_DOWN = "-name"
    NUMBER = "number"
    NUMBER_DOWN = "-number"
    SECTION = "section"
    SECTION_DOWN = "-section"
    SEEN = "seen"
    SEEN_DOWN = "-seen"


@dataclass(frozen=True)
class PeopleFilter:
    """Whom to list; "" and None leave a question open.

    words: found in name, user name, student number or address, whatever the case of its letters.
    """

    words: str = ""
    section: str | None = None
    department: str | None = None
    role: Role | None = None
    activity: Activity = Activity.ANY
    presence: Presence = Presence.ACTIVE
    sort: PeopleSort = PeopleSort.NAME


@dataclass(frozen=True)
class ListedPerson:
    """A person of the course, and how many files they have sent to its homeworks."""

    person: CoursePerson
    files: int


@dataclass(frozen=True)
class PeoplePage:
    """One page of people: `count` of all that pass the filters; page, pages: counted from 1."""

    people: tuple[ListedPerson, ...]
    count: int
    page: int
    pages: int


@dataclass(frozen=True)
class Groups:
    """By what the people of a course can be parted: sections and departments, by name."""

    sections: tuple[str, ...]
    departments: tuple[str, ...]


_COLUMNS: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "name": func.lower(User.display_name),
    "number": Member.student_number,
    "section": Member.section,
    "seen": User.last_seen_at,
}


def people_page(
    session: Session, *, course: Course, filters: PeopleFilter, page: int, page_rows: int
) -> PeoplePage:
    """The people of this page; a page beyond the last is the last."""
    conditions = _conditions(course, filters)
    joined = Member.user_id == User.id
    count = (
        session.scalar(select(func.count()).select_from(Member).join(User, joined).where(*conditions)) or 0
    )
    pages = max(1, -(-count // page_rows))
    page = min(page, pages)
    rows = session.execute(
        _ordered(select(User, Member).join(Member, joined).where(*conditions), filters.sort)
        .offset((page - 1) * page_rows)
        .limit(page_rows)
    ).all()
    files = _file_counts(session, course, [user.id for user, _ in rows])
    people = tuple(ListedPerson(CoursePerson(user, member), files.get(user.id, 0)) for user, member in rows)
    return PeoplePage(people, count, page, pages)


def groups_of(session: Session, *, course: Course) -> Groups:
    """The sections and departments that there are in the course."""

    def values(column: InstrumentedAttribute[str]) -> tuple[str, ...]:
        query = select(column).where(Member.course_id == course.id, column != "").distinct()
        return tuple(sorted(session.scalars(query)))

    return Groups(values(Member.section), values(Member.department))


def _conditions(course: Course, filters: PeopleFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Member.course_id == course.id]
    words = filters.words.strip()[:NAME_MOST]
    if words:
        texts = (User.display_name, User.username, User.email, Member.student_number)
        conditions.append(or_(*(column.icontains(words, autoescape=True) for column in texts)))
    if filters.section is not None:
        conditions.append(Member.section == filters.section)
    if filters.department is not None:
        conditions.append(Member.department == filters.department)
    if filters.role is not None:
        conditions.append(Member.role == filters.role)
    if filters.presence is not Presence.ALL:
        is_active = Member.is_active & User.is_active
        conditions.append(is_active if filters.presence is Presence.ACTIVE else ~is_active)
    if filters.activity is Activity.NEVER_SIGNED_IN:
        conditions.append(User.last_seen_at.is_(None))
    elif filters.activity is Activity.NOTHING_HANDED_IN:
        conditions.append(~_has_files(course))
    return conditions


def _has_files(course: Course) -> ColumnElement[bool]:
    """Whether a team of the person in a homework of the course has sent a file."""
    of_course = select(Competition.id).where(Competition.course_id == course.id)
    return exists().where(
        TeamMember.user_id == User.id,
        TeamMember.competition_id.in_(of_course),
        Submission.team_id == TeamMember.team_id,
    )


def _ordered(query: Select[User, Member], sort: PeopleSort) -> Select[User, Member]:
    column = _COLUMNS[sort.column]
    return query.order_by(
        column.is_(None), column.desc() if sort.is_down else column.asc(), User.username_key, User.id
    )


def _file_counts(session: Session, course: Course, user_ids: Sequence[int]) -> dict[int, int]:
    """How many files each has sent in the course: found by who sent them, not among those of everybody."""
    of_course = set(session.scalars(select(Competition.id).where(Competition.course_id == course.id)))
    rows = session.execute(
        select(Submission.submitted_by, Submission.competition_id, func.count())
        .where(Submission.submitted_by.in_(user_ids))
        .group_by(Submission.submitted_by, Submission.competition_id)
    )
    counts: Counter[int] = Counter()
    for user_id, competition_id, count in rows:
        if competition_id in of_course:
            counts[user_id] += count
    return dict(counts)
