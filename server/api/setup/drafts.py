"""A course's drafts for its instructors: where they stand, for whoever waits for a launch."""

from server.domain.people import courses
from server.domain.setup.drafts import calendar
from server.domain.setup.drafts import draft as drafts
from server.http.answers import Answer, api_router
from server.http.deps import Db, Viewer
from server.http.scopes import OF_STAFF
from server.serializers.setup import drafts as drafts_json
from server.serializers.setup.drafts import DraftListJson

router = api_router("setup")


@router.get("/courses/{course}/drafts", openapi_extra=OF_STAFF)
async def listed(course: str, viewer: Viewer, db: Db) -> Answer[DraftListJson]:
    """The course's drafts that are being written or launched, in the order in which they open."""
    row = await db.aread(lambda session: courses.as_instructor(session, slug=course, user=viewer.user))
    rows = await db.aread(lambda session: drafts.under_way(session, course=row))
    return Answer({"drafts": [drafts_json.draft(each) for each in calendar.in_order(rows)]})
