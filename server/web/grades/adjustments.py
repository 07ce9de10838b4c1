"""Adjustments of one student's points, from the person's page: made with a reason, and taken back."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.errors import Invalid
from server.domain.grades import adjustments
from server.domain.grades.adjustments import AdjustmentOrder
from server.domain.people import courses
from server.domain.people.courses import Membership
from server.domain.people.members import member as members
from server.http.deps import Db, Now
from server.models import Right, User
from server.web.rendering.forms import Acting

router = APIRouter()


class AdjustmentForm(BaseModel):
    """What a browser sends; an empty number is none."""

    homework: str = ""
    points: str = ""
    factor: str = ""
    excused: str = ""
    reason: str = ""


@router.post("/courses/{course}/people/{user_id}/adjustments")
async def adjust(
    course: str, user_id: int, viewer: Acting, db: Db, now: Now, fields: Annotated[AdjustmentForm, Form()]
) -> Response:
    """Adjust the student's points; they read the reason."""
    order = AdjustmentOrder(
        slug=fields.homework,
        points=_number(fields.points, usual=0.0),
        factor=_number(fields.factor, usual=1.0),
        is_excused=bool(fields.excused),
        reason=fields.reason,
    )

    def work(session: Session) -> None:
        own = _may_adjust(session, course, viewer.user)
        about = members.person_in(session, course=own.course, user_id=user_id)
        adjustments.adjust(session, order, course=own.course, about=about, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}#adjustments", 303)


@router.post("/courses/{course}/people/{user_id}/adjustments/{adjustment_id}/revoke")
async def revoke(
    course: str,
    user_id: int,
    adjustment_id: int,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Take an adjustment back."""

    def work(session: Session) -> None:
        own = _may_adjust(session, course, viewer.user)
        adjustments.revoke(
            session, course=own.course, adjustment_id=adjustment_id, reason=reason, by=viewer.actor, now=now
        )

    await db.awrite(work)
    return RedirectResponse(f"/courses/{course}/people/{user_id}#adjustments", 303)


def _may_adjust(session: Session, slug: str, user: User) -> Membership:
    own = courses.as_staff(session, slug=slug, user=user)
    own.require(Right.SEE_NAMES)
    own.require(Right.CHANGE_RULES)
    return own


def _number(text: str, *, usual: float) -> float:
    plain = text.strip().replace(",", ".")
    if not plain:
        return usual
    try:
        number = float(plain)
    except ValueError:
        raise Invalid(Message("'{text}' is no number.", text=text.strip()[:40])) from None
    return number
