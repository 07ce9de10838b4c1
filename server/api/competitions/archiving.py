"""Archiving a competition or all of a course's, for instructors."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.audit.reasons import REASON_MOST
from server.domain.competitions import archiving
from server.domain.people import courses
from server.domain.setup import cloning
from server.http.deps import Db, Now, Viewer, ViewerAccess
from server.models import Competition
from server.serializers import setup as shapes_setup
from server.serializers.values import Json

router = APIRouter()


class ArchivingReason(BaseModel):
    """The reason, which stands in the audit trail."""

    reason: Annotated[str, Field(max_length=REASON_MOST)]


@router.post("/competitions/{slug}/archive")
async def archive(why: ArchivingReason, found: ViewerAccess, db: Db, now: Now) -> Json:
    """Put the competition into the archive."""
    courses.require_instructor(found.role)

    def work(session: Session) -> Json:
        row = found.competition
        archiving.archive(session, competition=row, reason=why.reason, by=found.actor, now=now)
        return shapes_setup.kept(session.get_one(Competition, row.id, populate_existing=True))

    return await db.awrite(work)


@router.post("/competitions/{slug}/unarchive")
async def unarchive(why: ArchivingReason, found: ViewerAccess, db: Db, now: Now) -> Json:
    """Take the competition out of the archive."""
    courses.require_instructor(found.role)

    def work(session: Session) -> Json:
        row = found.competition
        archiving.unarchive(session, competition=row, reason=why.reason, by=found.actor, now=now)
        return shapes_setup.kept(session.get_one(Competition, row.id, populate_existing=True))

    return await db.awrite(work)


@router.get("/courses/{course}/competitions")
async def listed(course: str, who: Viewer, db: Db) -> Json:
    """The course's competitions with their times, archived ones too."""

    def look(session: Session) -> list[Json]:
        found = courses.as_instructor(session, slug=course, user=who.user)
        return [shapes_setup.kept(each) for each in cloning.competitions_of(session, found)]

    return {"competitions": await db.aread(look)}


@router.post("/courses/{course}/archive")
async def archive_course(course: str, why: ArchivingReason, who: Viewer, db: Db, now: Now) -> Json:
    """Archive every competition of the course that is not archived yet."""

    def work(session: Session) -> list[str]:
        found = courses.as_instructor(session, slug=course, user=who.user)
        done = archiving.archive_course(session, course=found, reason=why.reason, by=who.actor, now=now)
        return [each.slug for each in done]

    return {"archived": await db.awrite(work)}
