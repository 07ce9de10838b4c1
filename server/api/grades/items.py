"""Items that staff check by hand, and all points of a course, over the API."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades.items.item_sheet import ItemCell, change_cells, item_sheet
from server.domain.grades.points.course_points import CoursePoints, course_points
from server.domain.people import courses
from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, NamesAccess, Now, Viewer
from server.http.scopes import OF_STAFF
from server.models import Right
from server.serializers import course_grades
from server.serializers.course_grades import CourseTotalsJson, ItemSheetJson, ItemsSavedJson

CELLS_MOST = 20_000
router = api_router("grades")


class CellRequest(BaseModel):
    """One student's points for an item as they were and as they shall be; null is not checked."""

    user_id: int
    item: Annotated[str, Field(max_length=200)]
    was: float | None = None
    points: float | None = None


class CellsRequest(BaseModel):
    """The cells that shall be others."""

    cells: Annotated[list[CellRequest], Field(max_length=CELLS_MOST)]


@router.get("/competitions/{slug}/items")
async def show_items(access: NamesAccess, db: Db) -> Answer[ItemSheetJson]:
    """The items of a homework, and each student's points for them."""
    sheet = await db.aread(lambda session: item_sheet(session, competition=access.competition))
    return Answer(course_grades.sheet(sheet), headers=NO_STORE)


@router.put("/competitions/{slug}/items")
async def save_items(body: CellsRequest, access: NamesAccess, db: Db, now: Now) -> Answer[ItemsSavedJson]:
    """Save all of these cells, or none; 409 where one is neither what it was nor what it shall be."""

    def work(session: Session) -> int:
        sheet = item_sheet(session, competition=access.competition)
        ids = {item.name: item.id for item in sheet.items}
        strange = next((cell.item for cell in body.cells if cell.item not in ids), None)
        if strange is not None:
            raise Invalid(Message("This homework has no item '{name}'.", name=strange))
        cells = [ItemCell(ids[cell.item], cell.user_id, cell.was, cell.points) for cell in body.cells]
        return change_cells(session, cells, competition=access.competition, by=access.actor, now=now)

    return Answer({"changed": await db.awrite(work)})


@router.get("/courses/{course}/points/students", openapi_extra=OF_STAFF)
async def of_students(course: str, viewer: Viewer, db: Db, now: Now) -> Answer[CourseTotalsJson]:
    """All students of the course with the points of each homework and their total, for its staff."""

    def read(session: Session) -> CoursePoints:
        own = courses.as_staff(session, slug=course, user=viewer.user)
        own.require(Right.SEE_NAMES)
        return course_points(session, course_id=own.course.id, rights=own.rights, now=now)

    return Answer(course_grades.totals(await db.aread(read, private=True)), headers=NO_STORE)
