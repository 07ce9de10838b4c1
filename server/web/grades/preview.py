"""Grades as staff preview them before they export the file."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.grades import listing
from server.domain.grades import report as grades
from server.domain.grades.listing import GradeSort
from server.domain.grades.report import GradeRow
from server.domain.grading import answer_keys
from server.http.deps import Db
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.pages import ViewerHere, WholeHere

PAGE_ROWS = 100
WORDS_MOST = 200
router = APIRouter()


class GradesQuery(BaseModel):
    """What the page's search form and the heads of its columns ask."""

    q: Annotated[str, Field(max_length=WORDS_MOST)] = ""
    sort: GradeSort = GradeSort.NUMBER
    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1

    def query(self, sort: GradeSort | None = None) -> str:
        """The same as a part of an address, in this order or another, without the page."""
        fields = {"q": self.q, "sort": (sort or self.sort).value}
        usual = {"q": "", "sort": GradeSort.NUMBER.value}
        return urlencode({name: value for name, value in fields.items() if value != usual[name]})


@router.get("/competitions/{slug}/grades")
async def preview(
    request: Request,
    access: WholeHere,
    viewer: ViewerHere,
    db: Db,
    query: Annotated[GradesQuery, Query()],
) -> Response:
    """A page of the students with their points, as the export would have them now."""
    values = await db.aread(lambda session: _grade_values(session, access, query), private=True)
    return pages.render(request, "grades/preview.html", viewer, **values)


def _grade_values(session: Session, access: Access, query: GradesQuery) -> Json:
    rows = grades.grades_of(session, competition=access.competition)
    tiers = grades.tier_points(session, competition_id=access.competition.id)
    listed = listing.ordered(listing.matching(rows, query.q), query.sort)
    last = max(1, -(-len(listed) // PAGE_ROWS))
    page = min(query.page, last)
    return {
        "grades": [_row(row) for row in listed[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
        "count": len(listed),
        "q": query.q,
        "sort": query.sort.value,
        "query": query.query(),
        "columns": _columns(query, higher_is_better=access.competition.higher_is_better),
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


def _columns(query: GradesQuery, *, higher_is_better: bool) -> Json:
    """For each column its order, where the rows stand by it, and what a click on it asks."""
    columns: Json = {}
    for name in ("number", "name", "department", "points", "public", "private"):
        up, down = GradeSort(name), GradeSort(f"-{name}")
        is_score = name in ("public", "private")
        first, second = (down, up) if name == "points" or (is_score and higher_is_better) else (up, down)
        is_here = query.sort.column == name
        order = ("descending" if query.sort.is_down else "ascending") if is_here else None
        columns[name] = {"order": order, "query": query.query(second if query.sort is first else first)}
    return columns


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
