"""Sending the points of a course to a platform: whom it knows, which columns there are, what has changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from grader.messages import Message
from server.database.database import Database
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.errors import Conflict, Invalid
from server.domain.grades.points.course_points import CoursePoints
from server.domain.lti import outbox, people, released
from server.domain.lti.contexts import LinkedContext
from server.domain.lti.people import PlatformPerson, PlatformRefuses, WithoutPartner
from server.logs import logger_of
from server.models import Course
from server.services.lti.asking import PlatformServices
from server.services.lti.people import people_of
from server.services.lti.scores import item_for
from server.services.sign_on.fetching import NoAnswer, RefusedByProvider

log = logger_of(__name__)


async def check_partners(
    db: Database, services: PlatformServices, linked: LinkedContext, *, course: Course, now: datetime
) -> WithoutPartner:
    """Whose points would go nowhere, and who would get none. Raises as `release_points` does."""
    await _released(db, linked, course=course, now=now)
    persons = await _persons(db, services, linked)

    def look(session: Session) -> WithoutPartner:
        matches = people.matched(session, persons, linked=linked)
        return people.without_partner(session, persons, matches, linked=linked)

    return await db.aread(look)


async def _released(db: Database, linked: LinkedContext, *, course: Course, now: datetime) -> CoursePoints:
    _require_gradebook(linked)
    points = await db.aread(
        lambda session: released.released_points(session, course=course, now=now), private=True
    )
    if not released.released_homeworks(points):
        raise Conflict(
            Message("No homework of this course is revealed yet, so there are no points that may be sent.")
        )
    return points


async def release_points(
    db: Database,
    services: PlatformServices,
    linked: LinkedContext,
    *,
    course: Course,
    by: Actor,
    now: datetime,
) -> int:
    """Let the revealed points that have changed wait for being sent; how many.

    Raises Invalid where the platform takes none, Conflict where none is revealed, PlatformRefuses.
    """
    points = await _released(db, linked, course=course, now=now)
    persons = await _persons(db, services, linked)
    items = await _items(db, services, linked, points)

    def work(session: Session) -> int:
        matches = people.matched(session, persons, linked=linked)
        people.keep_people(session, persons, matches, context=linked.context)
        for competition_id, address in items.items():
            outbox.keep_item(
                session, context_id=linked.context.id, competition_id=competition_id, address=address
            )
        scores = released.released_scores(
            points,
            subjects=people.subjects_of(persons, matches),
            sent=outbox.sent_pairs(session, context_id=linked.context.id),
        )
        count = outbox.enqueue(session, scores, context=linked.context, now=now)
        details = {"label": linked.platform.label, "scores": count}
        act = audit.Act("points_sent", f"course {course.slug}", course_id=course.id, details=details)
        audit.record(session, act, by=by, now=now)
        return count

    return await db.awrite(work)


def _require_gradebook(linked: LinkedContext) -> None:
    if not linked.context.items_url:
        raise Invalid(
            Message(
                "{label} takes no points of this course. Let the tool use its service for grades and "
                "columns, and come here by the link once more.",
                label=linked.platform.label,
            )
        )


async def _persons(db: Database, services: PlatformServices, linked: LinkedContext) -> list[PlatformPerson]:
    if linked.context.members_url:
        return await people_of(services, linked)
    return list(await db.aread(lambda session: people.people_who_came(session, linked=linked)))


async def _items(
    db: Database, services: PlatformServices, linked: LinkedContext, points: CoursePoints
) -> dict[int, str]:
    """The columns of the homeworks that are revealed, made where there are none."""
    known = await db.aread(lambda session: outbox.items_of(session, context_id=linked.context.id))
    items = {}
    for each in released.released_homeworks(points):
        competition = each.competition
        try:
            address = known.get(competition.id) or await item_for(
                services, linked, competition, each.rules.most
            )
        except (NoAnswer, RefusedByProvider) as error:
            log.warning("a platform has no column", label=linked.platform.label, reason=str(error))
            raise PlatformRefuses(linked.platform.label, str(error)) from None
        items[competition.id] = address
    return items
