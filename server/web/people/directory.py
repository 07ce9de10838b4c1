"""The people of a course, for its staff: found; and by instructors added, changed, ended, brought back."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.people import courses
from server.domain.people.accounts.accounts import NAME_MOST
from server.domain.people.courses import Enrolment, Membership
from server.domain.people.members import directory, membership
from server.domain.people.members import member as members
from server.domain.people.members.directory import (
    Activity,
    Groups,
    ListedPerson,
    PeopleFilter,
    PeoplePage,
    PeopleSort,
    Presence,
)
from server.domain.people.members.member import CoursePerson
from server.domain.people.members.membership import NewPerson
from server.domain.people.roster.rows import NUMBER_MOST
from server.domain.rights.of_tas import give
from server.http.deps import Db, Now
from server.models import Course, Right, Role, User
from server.serializers.values import Json, iso_or_none
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

PAGE_ROWS = 100
Text = Annotated[str, Field(max_length=NAME_MOST)]
# Each column by which people can stand: its order at the first click, and at the second.
SORTS = {
    "name": (PeopleSort.NAME, PeopleSort.NAME_DOWN),
    "number": (PeopleSort.NUMBER, PeopleSort.NUMBER_DOWN),
    "section": (PeopleSort.SECTION, PeopleSort.SECTION_DOWN),
    "seen": (PeopleSort.SEEN_DOWN, PeopleSort.SEEN),
}
router = APIRouter()


class PeopleQuery(BaseModel):
    """What the page's search form asks; an empty field asks nothing."""

    q: Text = ""
    section: Text = ""
    department: Text = ""
    role: Role | Literal[""] = ""
    activity: Activity = Activity.ANY
    presence: Presence = Presence.ACTIVE
    sort: PeopleSort = PeopleSort.NAME
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    @property
    def filters(self) -> PeopleFilter:
        """The question that the fields ask."""
        return PeopleFilter(
            words=self.q,
            section=self.section or None,
            department=self.department or None,
            role=self.role or None,
            activity=self.activity,
            presence=self.presence,
            sort=self.sort,
        )

    def query(self, **other: str) -> str:
        """The same as a part of an address, without what is so by default and without the page."""
        fields = {name: str(value) for name, value in self if name != "page"} | other
        return urlencode({name: value for name, value in fields.items() if value not in DEFAULTS[name]})


DEFAULTS = {name: ("", str(each.default)) for name, each in PeopleQuery.model_fields.items()}


class PartForm(BaseModel):
    """Somebody's part in the course, as a form says it."""

    role: Role
    student_number: Annotated[str, Field(max_length=NUMBER_MOST)] = ""
    department: Text = ""
    section: Text = ""

    @property
    def enrolment(self) -> Enrolment:
        """The part that the form says."""
        return Enrolment(self.role, self.student_number, self.department, self.section)


class RightsForm(BaseModel):
    """The rights that a TA shall have."""

    rights: list[Right] = Field(default_factory=list)


class PersonForm(PartForm):
    """Somebody to be added."""

    username: Text = ""
    name: Text = ""
    email: Text = ""


@router.get("/courses/{course}/people")
async def listed(
    request: Request, course: str, viewer: ViewerHere, db: Db, query: Annotated[PeopleQuery, Query()]
) -> Response:
    """A page of the people that pass the filters."""

    def read(session: Session) -> tuple[Membership, PeoplePage, Groups]:
        own = courses.as_staff(session, slug=course, user=viewer.user)
        own.require(Right.SEE_NAMES)
        page = directory.people_page(
            session, course=own.course, filters=query.filters, page=query.page, page_rows=PAGE_ROWS
        )
        return own, page, directory.groups_of(session, course=own.course)

    own, page, groups = await db.aread(read)
    values: Json = {
        **pages.of_course(own.course),
        "is_instructor": own.role is Role.INSTRUCTOR,
        "people": [_person(each) for each in page.people],
        "count": page.count,
        "page": page.page,
        "pages": page.pages,
        "sections": groups.sections,
        "departments": groups.departments,
        "roles": [role.value for role in Role],
        "wanted": query,
        "is_filtered": query.query(sort="") != "",
        "query": query.query(),
        "columns": _columns(query),
        "name_most": NAME_MOST,
        "number_most": NUMBER_MOST,
    }
    return pages.render(request, "people/list.html", viewer, **values)


@router.post("/courses/{course}/people")
async def add(course: str, viewer: Acting, db: Db, now: Now, form: Annotated[PersonForm, Form()]) -> Response:
    """Add one person, and show their page."""
    new = NewPerson(form.username, form.name, form.email, form.enrolment)

    def work(session: Session) -> int:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        member = membership.add_person(session, course=row, new=new, by=viewer.actor, now=now)
        return member.user_id

    user_id = await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}", 303)


@router.post("/courses/{course}/people/{user_id}")
async def change(
    course: str, user_id: int, viewer: Acting, db: Db, now: Now, form: Annotated[PartForm, Form()]
) -> Response:
    """Give somebody another role, number, department or section."""

    def work(session: Session) -> None:
        row, about = _for_instructor(session, course, user_id, viewer.user)
        membership.change(session, course=row, about=about, to=form.enrolment, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}", 303)


@router.post("/courses/{course}/people/{user_id}/activity")
async def set_active(
    course: str,
    user_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    active: Annotated[bool, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Close the course to somebody, or open it to them again."""
    act = membership.bring_back if active else membership.deactivate

    def work(session: Session) -> None:
        _, about = _for_instructor(session, course, user_id, viewer.user)
        act(session, about=about, reason=reason, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}", 303)


@router.post("/courses/{course}/people/{user_id}/rights")
async def give_rights(
    course: str, user_id: int, viewer: Acting, db: Db, now: Now, form: Annotated[RightsForm, Form()]
) -> Response:
    """Let a TA have these rights and no others."""

    def work(session: Session) -> None:
        row, about = _for_instructor(session, course, user_id, viewer.user)
        give(session, course=row, ta=about.member, rights=form.rights, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}", 303)


def _for_instructor(session: Session, slug: str, user_id: int, user: User) -> tuple[Course, CoursePerson]:
    course = courses.as_instructor(session, slug=slug, user=user)
    return course, members.person_in(session, course=course, user_id=user_id)


def _columns(query: PeopleQuery) -> Json:
    """For each column the order in which the people stand by it, and what a click on it asks."""
    columns: Json = {}
    for name, (first, second) in SORTS.items():
        is_here = query.sort.column == name
        order = ("descending" if query.sort.is_down else "ascending") if is_here else None
        other = second if query.sort == first else first
        columns[name] = {"order": order, "query": query.query(sort=other.value)}
    return columns


def _person(each: ListedPerson) -> Json:
    user, member = each.person.user, each.person.member
    return {
        "id": user.id,
        "name": user.display_name,
        "username": user.username,
        "student_number": member.student_number or "",
        "department": member.department,
        "section": member.section,
        "role": member.role.value,
        "is_active": member.is_active,
        "has_account": user.is_active,
        "last_seen_at": iso_or_none(user.last_seen_at),
        "files": each.files,
    }
