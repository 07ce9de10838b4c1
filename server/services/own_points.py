"""One student's points now: the open half, and the sealed one of those homeworks alone that may be shown."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from server.database.database import Database
from server.domain.competitions.access import is_revealed
from server.domain.grades.points.course_points import computed
from server.domain.grades.points.point_rows import NOTHING_SEALED, OpenRows, open_rows, sealed_rows
from server.domain.grades.points.points_now import PointsNow, Taking, points_now
from server.domain.grades.results import PersonResult
from server.models import Right


async def points_of_student(
    db: Database,
    results: Collection[PersonResult],
    *,
    course_id: int,
    user_id: int,
    rights: Collection[Right] = (),
    now: datetime,
) -> PointsNow | None:
    """What the student has now in the course; None for somebody who is no student of it.

    results: of the same person, for terms and files. rights: of whoever looks; none for the student.
    """
    rows = await db.aread(
        lambda session: open_rows(session, course_id=course_id, opened_by=now, user_ids=[user_id])
    )
    if not rows.students:
        return None
    takings = {each.competition.id: Taking(each.terms, len(each.files)) for each in results}
    return await points_with(db, rows, takings=takings, rights=rights, now=now)


async def points_with(
    db: Database,
    rows: OpenRows,
    *,
    takings: Mapping[int, Taking],
    rights: Collection[Right] = (),
    now: datetime,
) -> PointsNow | None:
    """The same for rows that are read already."""
    visible = [each.id for each in rows.competitions if Right.SEE_PRIVATE in rights or is_revealed(each, now)]

    def read_sealed(session: Session) -> PointsNow | None:
        sealed = sealed_rows(session, rows, competition_ids=visible)
        return points_now(computed(rows, sealed), takings=takings, now=now)

    if not visible:
        return points_now(computed(rows, NOTHING_SEALED), takings=takings, now=now)
    return await db.aread(read_sealed, private=True)
