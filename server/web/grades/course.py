"""The points of a whole course, a page of students at a time, for its staff."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.grades.points.course_points import CoursePoints, StudentPoints, course_points
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.members import directory
from server.domain.people.members.directory import PeopleFilter, PeoplePage, PeopleSort
from server.http.deps import Db, Now
from server.models import Right, Role
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere

PAGE_ROWS = 100
WORDS_MOST = 200
router = APIRouter()


@router.get("/courses/{course}/points")
async def course_page(
    request: Request,
    course: str,
    viewer: ViewerHere,
    db: Db,
    now: Now,
    q: Annotated[str, Query(max_length=WORDS_MOST)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """Students by number, with the points of each homework and the total as the viewer may see them."""

    def read(session: Session) -> tuple[Membership, PeoplePage, CoursePoints]:
        own = courses.as_staff(session, slug=course, user=viewer.user)
        own.require(Right.SEE_NAMES)
        listed = directory.people_page(
            session,
            course=own.course,
            filters=PeopleFilter(words=q, role=Role.STUDENT, sort=PeopleSort.NUMBER),
            page=page,
            page_rows=PAGE_ROWS,
        )
        points = course_points(
            session,
            course_id=own.course.id,
            rights=own.rights,
            now=now,
            user_ids=[each.person.user.id for each in listed.people],
        )
        return own, listed, points

    own, listed, points = await db.aread(read, private=True)
    values = pages.of_course(own.course) | _values(points)
    values |= {"sees_private": Right.SEE_PRIVATE in own.rights, "q": q}
    values["may_change"] = {Right.CHANGE_RULES, Right.SEE_PRIVATE} <= own.rights
    values |= {"count": listed.count, "page": listed.page, "pages": listed.pages}
    return pages.render(request, "grades/course.html", viewer, **values)


def _values(points: CoursePoints) -> Json:
    return {
        "homeworks": [
            {
                "slug": each.competition.slug,
                "title": each.competition.title,
                "most": each.rules.most,
                "is_sealed": each.is_sealed,
            }
            for each in points.homeworks
        ],
        "students": [_row(each) for each in points.students],
        "rules": points.countings.course_rules,
    }


def _row(row: StudentPoints) -> Json:
    return {
        "user_id": row.student.user_id,
        "student_number": row.student.student_number,
        "name": row.student.name,
        "total": row.total.points,
        "most": row.total.most,
        "is_adjusted": bool(row.adjustments),
        "homeworks": [
            {
                "points": each.total.points,
                "counts": each.total.counts,
                "has_file": each.public.score is not None,
                "is_adjusted": bool(each.adjustments),
            }
            for each in row.homeworks.values()
        ],
    }
