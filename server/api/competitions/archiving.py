"""Archiving a competition or all of a course's, for instructors."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.audit.reasons import REASON_MOST
from server.domain.competitions import archiving
from server.domain.people import courses
from server.domain.setup import cloning
from server.http.answers import Answer, api_router
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.http.scopes import OF_STAFF
from server.models import Competition
from server.serializers.setup import setup as setup_json
from server.serializers.setup.setup import ArchivedJson, CourseCompetitionJson, CourseCompetitionListJson

router = api_router("competitions")


class ArchiveRequest(BaseModel):
    """The reason, which stands in the audit trail."""

    reason: Annotated[str, Field(max_length=REASON_MOST)]


@router.post("/competitions/{slug}/archive")
async def archive(
    body: ArchiveRequest, access: ViewerAccess, db: Db, now: Now
) -> Answer[CourseCompetitionJson]:
    """Put the competition into the archive."""
    courses.require_instructor(access.role)

    def work(session: Session) -> CourseCompetitionJson:
        row = access.competition
        archiving.archive(session, competition=row, reason=body.reason, by=access.actor, now=now)
        return setup_json.course_competition(session.get_one(Competition, row.id, populate_existing=True))

    return Answer(await db.awrite(work))


@router.post("/competitions/{slug}/unarchive")
async def unarchive(
    body: ArchiveRequest, access: ViewerAccess, db: Db, now: Now
) -> Answer[CourseCompetitionJson]:
    """Take the competition out of the archive."""
    courses.require_instructor(access.role)

    def work(session: Session) -> CourseCompetitionJson:
        row = access.competition
        archiving.unarchive(session, competition=row, reason=body.reason, by=access.actor, now=now)
        return setup_json.course_competition(session.get_one(Competition, row.id, populate_existing=True))

    return Answer(await db.awrite(work))


@router.get("/courses/{course}/competitions", openapi_extra=OF_STAFF)
async def listed(course: str, viewer: Viewer, db: Db) -> Answer[CourseCompetitionListJson]:
    """The course's competitions with their times, archived ones too."""

    def read(session: Session) -> list[CourseCompetitionJson]:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        return [setup_json.course_competition(each) for each in cloning.competitions_of(session, row)]

    return Answer({"competitions": await db.aread(read)})


@router.post("/courses/{course}/archive")
async def archive_course(
    course: str, body: ArchiveRequest, viewer: Viewer, db: Db, now: Now
) -> Answer[ArchivedJson]:
    """Archive every competition of the course that is not archived yet."""

    def work(session: Session) -> list[str]:
        row = courses.as_instructor(session, slug=course, user=viewer.user)
        archived = archiving.archive_course(session, course=row, reason=body.reason, by=viewer.actor, now=now)
        return [each.slug for each in archived]

    return Answer({"archived": await db.awrite(work)})
