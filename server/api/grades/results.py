"""A student's results of a course, as the page My results has them."""

from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, Now, Viewer
from server.serializers import grades as grades_json
from server.serializers.people.results import CourseResultsJson
from server.services.own_results import own_results

router = api_router("grades")


@router.get("/courses/{course}/results")
async def results(course: str, viewer: Viewer, db: Db, now: Now) -> Answer[CourseResultsJson]:
    """My results of the course: files and why they count, ranks, tiers, allowances, points so far."""
    read = await own_results(db, viewer.user, course=course, now=now)
    points = None if read.points is None else grades_json.points(read.own.course.slug, read.points)
    answer: CourseResultsJson = {
        "course": read.own.course.slug,
        "homeworks": read.homeworks,
        "points": points,
    }
    return Answer(answer, headers=NO_STORE)
