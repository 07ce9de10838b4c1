"""Results: a page for every student, for staff with the private rows, for oneself as far as one may know."""

from collections.abc import Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.grades.adjustments import adjustments_of
from server.domain.grades.points.points_now import PointsNow
from server.domain.grades.results import PersonResult, results_of
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.members import member as members
from server.domain.people.members import notes
from server.domain.people.members.member import CoursePerson
from server.domain.rights.of_tas import WORDS, rights_of
from server.domain.submissions import notes as submission_notes
from server.http.deps import Db, Now
from server.models import Right, Role
from server.serializers import grades as grades_json
from server.serializers.people import people as people_json
from server.serializers.people.results import HomeworkResultJson
from server.serializers.values import Json, iso_or_none
from server.services.own_points import points_of_student
from server.services.own_results import exclusions_in, homeworks_of, own_results
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

WORDS_MOST = 200
router = APIRouter()


@router.get("/courses/{course}/results")
async def mine(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The viewer's own results, with the private rows of revealed homeworks alone."""

    read = await own_results(db, viewer.user, course=course, now=now)
    values = _course_values(read.own) | _points(read.own, read.points)
    values |= {"homeworks": read.homeworks, "is_staff": False}
    return pages.render(request, "people/results.html", viewer, **values)


@router.get("/courses/{course}/people/{user_id}")
async def show(
    request: Request,
    course: str,
    user_id: int,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    q: Annotated[str, Query(max_length=WORDS_MOST)] = "",
) -> Response:
    """Everything that a person has in the course, for its staff; with `q` the files that have these words."""

    def read(session: Session) -> tuple[Membership, Json, list[PersonResult], dict[int, str]]:
        own = courses.as_staff(session, slug=course, user=viewer.user)
        own.require(Right.SEE_NAMES)
        about = members.person_in(session, course=own.course, user_id=user_id)
        results = results_of(session, course_id=own.course.id, user_id=user_id)
        return own, _about(session, own, about, results), results, exclusions_in(session, results)

    own, person, results, excluded = await db.aread(read)
    homeworks = await homeworks_of(
        db, results, excluded=excluded, rights=own.rights, reader_ids=None, now=now
    )
    points = await points_of_student(
        db, results, course_id=own.course.id, user_id=user_id, rights=own.rights, now=now
    )
    values = _course_values(own) | person | {"homeworks": homeworks, "is_staff": True} | _points(own, points)
    _keep_files(homeworks, words=q.strip())
    is_self = viewer.user.id == user_id
    forms: Json = {
        "words": q.strip(),
        "note_most": notes.NOTE_MOST,
        "roles": [role.value for role in Role],
        "is_self": is_self,
    }
    return pages.render(request, "people/show.html", viewer, **values, **forms)


def _about(session: Session, own: Membership, about: CoursePerson, results: Sequence[PersonResult]) -> Json:
    """The person, their rights, and what the staff have noted and adjusted."""
    written = notes.notes_about(session, about=about)
    person = {"course_id": own.course.id, "user_id": about.user.id}
    changes = adjustments_of(session, **person)
    slugs = {each.competition.id: each.competition.slug for each in results}
    return {
        "person": _person(about),
        "adjustments": [grades_json.given_adjustment(each, slugs) for each in changes],
        "may_adjust": Right.CHANGE_RULES in own.rights and about.member.role is Role.STUDENT,
        "rights": _rights(rights_of(session, **person, role=about.member.role)),
        "notes": [people_json.note(each) for each in written],
    }


def _keep_files(homeworks: list[HomeworkResultJson], *, words: str) -> None:
    """Leave of each homework the files whose name or note has these words."""
    for each in homeworks:
        each["files"] = [
            file for file in each["files"] if submission_notes.holds(words, file["file_name"], file["note"])
        ]


@router.post("/courses/{course}/people/{user_id}/notes")
async def add_note(
    course: str, user_id: int, viewer: Acting, db: Db, now: Now, body: Annotated[str, Form()] = ""
) -> Response:
    """Note something about a person, for the staff alone."""

    def work(session: Session) -> None:
        own = courses.as_staff(session, slug=course, user=viewer.user)
        own.require(Right.SEE_NAMES)
        about = members.person_in(session, course=own.course, user_id=user_id)
        notes.add_note(session, about=about, body=body, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}#notes", 303)


def _course_values(own: Membership) -> Json:
    course = own.course
    return {
        **pages.of_course(course),
        "is_instructor": own.role is Role.INSTRUCTOR,
    }


def _points(own: Membership, points: PointsNow | None) -> Json:
    return {"points": None if points is None else grades_json.points(own.course.slug, points)}


def _rights(held: Collection[Right]) -> list[Json]:
    """Each right, and whether the person has it."""
    return [{"name": right.value, "words": words, "held": right in held} for right, words in WORDS.items()]


def _person(about: CoursePerson) -> Json:
    user, member = about.user, about.member
    return {
        "id": user.id,
        "name": user.display_name,
        "username": user.username,
        "email": user.email,
        "role": member.role.value,
        "student_number": member.student_number or "",
        "department": member.department,
        "section": member.section,
        "is_active": member.is_active,
        "has_account": user.is_active,
        "has_password": user.password_hash is not None,
        "last_seen_at": iso_or_none(user.last_seen_at),
        "created_at": iso(user.created_at),
    }
