"""A student's points of a course, as far as they may be known."""

from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import NotFound
from server.domain.grades.results import PersonResult, results_of
from server.domain.people import courses
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, Viewer
from server.models import Course
from server.serializers import grades as grades_json
from server.serializers.grades import PointsJson
from server.services.own_points import points_of_student

router = api_router("grades")


@router.get("/courses/{course}/points")
async def mine(course: str, viewer: Viewer, db: Db, now: Now) -> Answer[PointsJson]:
    """My points of the course: earned, sealed until a reveal, still to be had; for its students."""

    def read(session: Session) -> tuple[Course, list[PersonResult]]:
        own = courses.membership(session, slug=course, user=viewer.user)
        results = results_of(session, course_id=own.course.id, user_id=viewer.user.id, opened_by=now)
        return own.course, results

    row, results = await db.aread(read)
    points = await points_of_student(db, results, course_id=row.id, user_id=viewer.user.id, now=now)
    if points is None:
        raise NotFound(
            Message("You are no student of the course '{slug}', and have no points in it.", slug=course)
        )
    return Answer(grades_json.points(row.slug, points))
