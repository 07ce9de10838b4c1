"""Grades as staff preview them before they export the file."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.grades import report as grades
from server.domain.grades.report import GradeRow
from server.domain.grading import answer_keys
from server.http.deps import Db
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere, WholeHere

PAGE_ROWS = 100
router = APIRouter()


@router.get("/competitions/{slug}/grades")
async def preview(
    request: Request,
    access: WholeHere,
    viewer: ViewerHere,
    db: Db,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """A page of the students with their points, as the export would have them now."""
    values = await db.aread(lambda session: _grade_values(session, access, page), private=True)
    return pages.render(request, "grades/preview.html", viewer, **values)


def _grade_values(session: Session, access: Access, page: int) -> Json:
    rows = grades.grades_of(session, competition=access.competition)
    tiers = grades.tier_points(session, competition_id=access.competition.id)
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, last)
    return {
        "grades": [_row(row) for row in rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
        "page": page,
        "pages": last,
        "students": len(rows),
        "with_points": sum(row.points > 0 for row in rows),
        "without_submission": sum(row.public.score is None for row in rows),
        "most": sum(tier.points_public + tier.points_private for tier in tiers),
        "untrained": [tier.name for tier in tiers if tier.threshold_public is None],
        "decimals": leaderboard.shown(session, access.competition),
        "key_version": answer_keys.current_of(session, access.competition.id).version,
    }


def _row(row: GradeRow) -> Json:
    return {
        "user_id": row.user_id,
        "student_number": row.student_number,
        "name": row.name,
        "department": row.department,
        "points": row.points,
        "public": {"score": row.public.score, "points": row.public.points, "tiers": list(row.public.tiers)},
        "private": {
            "score": row.private.score,
            "points": row.private.points,
            "tiers": list(row.private.tiers),
        },
    }
