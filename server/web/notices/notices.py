"""The page behind the bell: the viewer's notices, marked as read one by one or all at once."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.notices import choices, notices
from server.domain.people import courses
from server.http.deps import Db, Now
from server.models import NoticeKind, User
from server.serializers import notices as notices_json
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get("/notices")
async def listed(request: Request, viewer: ViewerHere, db: Db) -> Response:
    """What concerns the viewer, the newest first."""
    values = await db.aread(lambda session: _values(session, viewer.user))
    return pages.render(request, "notices/list.html", viewer, **values)


def _values(session: Session, user: User) -> Json:
    memberships = courses.courses_of(session, user=user)
    zone = memberships[0].course.zone if memberships else "UTC"
    return {**notices_json.notice_list(session, user), "zone": zone, "life": notices.READ_LIFE.days}


@router.post("/notices/read")
async def mark_read(
    viewer: Acting, db: Db, now: Now, key: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Mark one notice as read, or all where none is named."""

    def work(session: Session) -> None:
        if key:
            notices.mark_read(session, user=viewer.user, keys=[key], now=now)
        else:
            notices.mark_all_read(session, user=viewer.user, now=now)

    await db.awrite(work)
    return RedirectResponse("/notices", 303)


@router.post("/account/notices")
async def choose(viewer: Acting, db: Db, kinds: Annotated[list[NoticeKind], Form()] = []) -> Response:  # noqa: B006
    """Get these kinds by mail as well."""
    await db.awrite(lambda session: choices.choose(session, user=viewer.user, by_mail=kinds))
    return RedirectResponse("/account#notices", 303)
