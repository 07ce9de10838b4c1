"""The export of grades, for staff."""

from fastapi import Response
from sqlalchemy.orm import Session

from server.domain.grades import report as grades
from server.http.answers import api_router, sends
from server.http.deps import NO_STORE, Db, ExportAccess, Now

router = api_router("grades")


@router.get("/competitions/{slug}/grades.csv", responses=sends("text/csv"))
async def export_grades(access: ExportAccess, db: Db, now: Now) -> Response:
    """Every student's points, and the scores and submissions that earned them; before the reveal too."""
    competition = access.competition

    def work(session: Session) -> bytes:
        rows = grades.grades_of(session, competition=competition)
        return grades.to_csv(rows)

    data = await db.aread(work, private=True)
    await db.awrite(
        lambda session: grades.record_export(session, competition=competition, by=access.actor, now=now)
    )
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{competition.slug}-grades.csv"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)
