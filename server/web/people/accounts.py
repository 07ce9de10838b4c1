"""The account page: who one is here, and one's API tokens."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.people import accounts, courses, credentials, zones
from server.http.deps import Db, Identity, Now
from server.models import User
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.forms import Acting
from server.web.rendering.pages import ViewerHere

router = APIRouter()


@router.get("/account")
async def show(request: Request, viewer: ViewerHere, db: Db) -> Response:
    """Courses and tokens of the viewer."""
    return await _page(request, viewer, db, secret=None)


@router.post("/account/tokens")
async def make_token(
    request: Request,
    viewer: Acting,
    db: Db,
    now: Now,
    name: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """A new token, shown on this answer and never again."""
    token = await db.awrite(
        lambda session: credentials.make_token(session, user=viewer.user, name=name, now=now)
    )
    return await _page(request, viewer, db, secret=token.secret)


@router.post("/account/tokens/{token_id}/revoke")
async def revoke_token(token_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """End one of the viewer's tokens."""
    await db.awrite(
        lambda session: credentials.revoke_token(session, token_id=token_id, user=viewer.user, now=now)
    )
    return RedirectResponse("/account", 303)


@router.post("/account/mail")
async def choose_mail(
    viewer: Acting,
    db: Db,
    wants_mail: Annotated[bool, Form(alias="wanted")] = True,
) -> Response:
    """Get announcements by mail, or no more."""
    await db.awrite(lambda session: accounts.choose_mail(session, user=viewer.user, wants_mail=wants_mail))
    return RedirectResponse("/account", 303)


@router.post("/account/zone")
async def choose_zone(viewer: Acting, db: Db, zone: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Read deadlines in this zone beside the course's; an empty one is what the browser says."""
    await db.awrite(lambda session: zones.choose(session, user=viewer.user, zone=zone.strip()))
    return RedirectResponse("/account", 303)


async def _page(request: Request, viewer: Identity, db: Db, *, secret: str | None) -> Response:
    values = await db.aread(lambda session: _account_values(session, viewer.user))
    return pages.render(request, "people/account.html", viewer, secret=secret, **values)


def _account_values(session: Session, user: User) -> Json:
    memberships = courses.courses_of(session, user=user)
    return {
        "tokens": [
            {
                "id": token.id,
                "name": token.name,
                "prefix": token.prefix,
                "created_at": iso(token.created_at),
                "last_used_at": iso(token.last_used_at) if token.last_used_at else None,
            }
            for token in credentials.tokens_of(session, user=user)
        ],
        "wants_mail": user.wants_mail,
        "email": user.email,
        "chosen_zone": user.zone,
        "zones": zones.names(),
        "courses": [{"title": each.course.title, "role": each.role.value} for each in memberships],
        "zone": memberships[0].course.zone if memberships else "UTC",
    }
