"""Who the viewer is."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.people import accounts
from server.http.deps import NO_STORE, Db, Viewer
from server.models import User
from server.serializers import people as shapes_people
from server.serializers.values import Json

router = APIRouter()


class MailChoice(BaseModel):
    """Whether announcements shall come by mail too."""

    wanted: bool


@router.get("/me")
async def me(who: Viewer, db: Db) -> Response:
    """The viewer, and the courses they are in."""
    shown = await db.aread(lambda session: shapes_people.user(session, who.user))
    return JSONResponse(shown, headers=NO_STORE)


@router.put("/me/mail")
async def choose_mail(choice: MailChoice, who: Viewer, db: Db) -> Response:
    """Get announcements by mail, or no more."""

    def work(session: Session) -> Json:
        accounts.choose_mail(session, user=who.user, wants_mail=choice.wanted)
        return shapes_people.user(session, session.get_one(User, who.user.id))

    return JSONResponse(await db.awrite(work), headers=NO_STORE)
