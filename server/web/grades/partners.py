"""Partners of rows that no key matches: confirmed by a click, remembered for the next export, taken back."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.grades.exports import exports
from server.domain.grades.gradebooks import confirmed
from server.http.deps import Db, Now
from server.web.rendering.forms import Acting

router = APIRouter()


@router.post("/courses/{course}/exports/{version}/partners")
async def confirm(
    course: str,
    version: int,
    viewer: Acting,
    db: Db,
    now: Now,
    key: Annotated[str, Form(max_length=400)] = "",
    student: Annotated[int, Form(ge=0)] = 0,
) -> Response:
    """Remember that the row of this export with this key is the student's."""

    def work(session: Session) -> None:
        own = exports.may_export(session, slug=course, user=viewer.user)
        row = exports.one_of(session, course=own.course, version=version)
        confirmed.confirm(session, export=row, key=key, user_id=student, by=viewer.actor, now=now)

    await db.awrite(work, private=True)
    return RedirectResponse(f"/courses/{course}/exports#partners", 303)


@router.post("/courses/{course}/exports/partners/{partner_id}/revoke")
async def revoke(course: str, partner_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """Forget a partner that was confirmed."""

    def work(session: Session) -> None:
        own = exports.may_export(session, slug=course, user=viewer.user)
        confirmed.revoke(session, course=own.course, partner_id=partner_id, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/exports#partners", 303)
