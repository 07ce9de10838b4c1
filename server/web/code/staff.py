"""The page on which staff see who has handed in code, and take it."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from server.domain.code import versions
from server.domain.code.versions import StudentCode
from server.http.deps import Db
from server.models import Right
from server.serializers import code as code_json
from server.web.rendering import pages
from server.web.rendering.pages import NamesHere, ViewerHere

PAGE_ROWS = 100
router = APIRouter()


class Shown(StrEnum):
    """Which students a page lists."""

    ALL = "all"
    WITH = "with"
    LATE = "late"
    WITHOUT = "without"


@router.get("/competitions/{slug}/code/teams")
async def of_all(
    request: Request,
    access: NamesHere,
    viewer: ViewerHere,
    db: Db,
    shown: Shown = Shown.ALL,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """A page of the students with what their teams have handed in."""
    students = await db.aread(lambda session: versions.by_student(session, competition=access.competition))
    by_kind = {kind: [each for each in students if _is_of(each, kind)] for kind in Shown}
    rows = by_kind[shown]
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, last)
    return pages.render(
        request,
        "code/teams.html",
        viewer,
        students=[code_json.student(each) for each in rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
        counts={kind.value: len(of_kind) for kind, of_kind in by_kind.items()},
        shown=shown.value,
        page=page,
        pages=last,
        can_export=access.holds(Right.EXPORT),
        takes_code=access.competition.code_limit_bytes > 0,
    )


def _is_of(student: StudentCode, kind: Shown) -> bool:
    newest = student.newest
    match kind:
        case Shown.ALL:
            return True
        case Shown.WITH:
            return newest is not None
        case Shown.LATE:
            return newest is not None and newest.is_late
        case Shown.WITHOUT:
            return newest is None
