"""One person's results in a course: the open half, and the private one where it may be shown.

Public values and private ones are read in two sessions, and the second is asked for those homeworks alone
whose private rows the reader may see.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.grades.points.points_now import PointsNow
from server.domain.grades.private_results import private_results, with_private_rows
from server.domain.grades.results import PersonResult, results_of
from server.domain.integrity import exclusions
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.models import Right, User
from server.serializers.people import results as results_json
from server.serializers.people.results import HomeworkResultJson
from server.services.own_points import points_of_student


@dataclass(frozen=True)
class OwnResults:
    """What a member of a course has in its homeworks; points: None for staff, who have none."""

    own: Membership
    homeworks: list[HomeworkResultJson]
    points: PointsNow | None


async def own_results(db: Database, user: User, *, course: str, now: datetime) -> OwnResults:
    """The user's own results, with the private rows of revealed homeworks alone. Raises NotFound."""

    def read(session: Session) -> tuple[Membership, list[PersonResult], dict[int, str]]:
        own = courses.membership(session, slug=course, user=user)
        opened_by = None if own.role.is_staff else now
        results = results_of(session, course_id=own.course.id, user_id=user.id, opened_by=opened_by)
        return own, results, exclusions_in(session, results)

    own, results, excluded = await db.aread(read)
    homeworks = await homeworks_of(
        db, results, excluded=excluded, rights=own.rights, reader_ids={user.id}, now=now
    )
    points = await points_of_student(db, results, course_id=own.course.id, user_id=user.id, now=now)
    return OwnResults(own, homeworks, points)


def exclusions_in(session: Session, results: Sequence[PersonResult]) -> dict[int, str]:
    """The reason of each excluded file of these results."""
    excluded = [each.submission for result in results for each in result.files if each.submission.excluded_at]
    return exclusions.reasons_of(
        session,
        competition_ids={each.competition_id for each in excluded},
        ids=[each.id for each in excluded],
    )


async def homeworks_of(
    db: Database,
    results: Sequence[PersonResult],
    *,
    excluded: dict[int, str],
    rights: Collection[Right],
    reader_ids: Collection[int] | None,
    now: datetime,
) -> list[HomeworkResultJson]:
    """Each homework as whoever has these rights reads it. reader_ids: as `results_json.homework` has them."""
    visible = with_private_rows(results, rights=rights, now=now)
    private = (
        await db.aread(lambda session: private_results(session, visible), private=True) if visible else {}
    )
    return [
        results_json.homework(
            each, private.get(each.competition.id), exclusions=excluded, reader_ids=reader_ids, now=now
        )
        for each in results
    ]
