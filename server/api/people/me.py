"""Who the viewer is."""

from pydantic import BaseModel
from sqlalchemy.orm import Session

from server.domain.people import languages as people_languages
from server.domain.people import zones as people_zones
from server.domain.people.accounts import accounts
from server.http.answers import Answer, api_router
from server.http.deps import NO_STORE, Db, Viewer
from server.http.scopes import SUBMITS
from server.models import User
from server.serializers.people import people as people_json
from server.serializers.people.people import UserJson

router = api_router("people")


class MailRequest(BaseModel):
    """Whether announcements shall come by mail too."""

    wanted: bool


class ZoneRequest(BaseModel):
    """An IANA time zone, as in "Asia/Taipei"."""

    zone: str


class LanguageRequest(BaseModel):
    """A language's tag, as in "zh-TW"."""

    language: str


@router.get("/me")
async def me(viewer: Viewer, db: Db) -> Answer[UserJson]:
    """The viewer, and the courses they are in."""
    user = await db.aread_by_key(lambda session: people_json.user(session, viewer.user))
    return Answer(user, headers=NO_STORE)


@router.put("/me/language", openapi_extra=SUBMITS)
async def choose_language(body: LanguageRequest, viewer: Viewer, db: Db) -> Answer[UserJson]:
    """Read pages and mails in a language; an empty one is what the browser asks for."""

    def work(session: Session) -> UserJson:
        people_languages.choose(session, user=viewer.user, language=body.language)
        return people_json.user(session, session.get_one(User, viewer.user.id))

    return Answer(await db.awrite(work), headers=NO_STORE)


@router.put("/me/zone", openapi_extra=SUBMITS)
async def choose_zone(body: ZoneRequest, viewer: Viewer, db: Db) -> Answer[UserJson]:
    """Read deadlines in a time zone of one's own beside the course's; an empty one is the browser's."""

    def work(session: Session) -> UserJson:
        people_zones.choose(session, user=viewer.user, zone=body.zone)
        return people_json.user(session, session.get_one(User, viewer.user.id))

    return Answer(await db.awrite(work), headers=NO_STORE)


@router.put("/me/mail", openapi_extra=SUBMITS)
async def choose_mail(body: MailRequest, viewer: Viewer, db: Db) -> Answer[UserJson]:
    """Get announcements by mail, or no more."""

    def work(session: Session) -> UserJson:
        accounts.choose_mail(session, user=viewer.user, wants_mail=body.wanted)
        return people_json.user(session, session.get_one(User, viewer.user.id))

    return Answer(await db.awrite(work), headers=NO_STORE)
