"""Results: a page for every student, for staff with the private rows, for oneself without before the reveal.

Public values and private ones are read in two sessions, and the second is asked for those homeworks alone
whose private rows the viewer may see.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.clock import iso
from server.database.database import Database
from server.domain.grades.adjustments import adjustments_of
from server.domain.grades.points_now import PointsNow
from server.domain.grades.private_results import PrivateResult, private_results, with_private_rows
from server.domain.grades.results import PersonResult, results_of
from server.domain.integrity import exclusions
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
from server.serializers.people import results as results_json
from server.serializers.values import Json, iso_or_none
from server.services.own_points import points_of_student
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

WORDS_MOST = 200
router = APIRouter()


@router.get("/courses/{course}/results")
async def mine(request: Request, course: str, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """The viewer's own results, with the private rows of revealed homeworks alone."""

    def read(session: Session) -> tuple[Membership, list[PersonResult], dict[int, str]]:
        own = courses.membership(session, slug=course, user=viewer.user)
        opened_by = None if own.role.is_staff else now
        results = results_of(session, course_id=own.course.id, user_id=viewer.user.id, opened_by=opened_by)
        return own, results, _exclusions(session, results)

    own, results, excluded = await db.aread(read)
    private = await _private(db, with_private_rows(results, rights=own.rights, now=now))
    homeworks = _homeworks(results, private, excluded, reader_ids={viewer.user.id}, now=now)
    points = await points_of_student(db, results, course_id=own.course.id, user_id=viewer.user.id, now=now)
    values = _course_values(own) | {"homeworks": homeworks, "is_staff": False} | _points(own, points)
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
        return own, _about(session, own, about, results), results, _exclusions(session, results)

    own, person, results, excluded = await db.aread(read)
    private = await _private(db, with_private_rows(results, rights=own.rights, now=now))
    homeworks = _homeworks(results, private, excluded, reader_ids=None, now=now)
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


def _keep_files(homeworks: list[Json], *, words: str) -> None:
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


def _exclusions(session: Session, results: Sequence[PersonResult]) -> dict[int, str]:
    excluded = [each.submission for result in results for each in result.files if each.submission.excluded_at]
    return exclusions.reasons_of(
        session,
        competition_ids={each.competition_id for each in excluded},
        ids=[each.id for each in excluded],
    )


async def _private(db: Database, visible: Sequence[PersonResult]) -> dict[int, PrivateResult]:
    """The private half of these results, which the viewer may see."""
    if not visible:
        return {}
    return await db.aread(lambda session: private_results(session, visible), private=True)


def _homeworks(
    results: Sequence[PersonResult],
    private: dict[int, PrivateResult],
    excluded: dict[int, str],
    *,
    reader_ids: Collection[int] | None,
    now: datetime,
) -> list[Json]:
    return [
        results_json.homework(
            each, private.get(each.competition.id), exclusions=excluded, reader_ids=reader_ids, now=now
        )
        for each in results
    ]


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
