"""A change of the viewer's own mail address, which a link that goes to the new one confirms.

The link works in its owner's session alone, so its secret may stand in an address on the way through the
sign-in page.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.clock import iso
from server.domain.errors import Conflict
from server.domain.people.accounts import tries
from server.domain.people.own_address import changes, letters
from server.domain.people.own_address.letters import Post
from server.http import languages
from server.http.deps import Config, Db, Identity, Now
from server.http.sign_in import again
from server.http.sign_in import tries as devices
from server.models import User
from server.serializers.values import Json
from server.settings import Settings
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field
from server.web.rendering.pages import ViewerHere

HOME = "/account#address"
Secret = Annotated[str, Query(max_length=200)]
router = APIRouter()


def pending_values(session: Session, user: User, now: datetime) -> Json | None:
    """The address that waits to be confirmed, for the account's page."""
    row = changes.pending(session, user=user, now=now)
    return None if row is None else {"address": row.address, "until": iso(row.expires_at)}


@router.post(letters.PAGE)
async def ask(request: Request, viewer: Acting, db: Db, config: Config, now: Now) -> Response:
    """Let a link go to the address that the viewer typed; the answer is the same whether it is taken."""
    fields = request.state.form
    post = _post(request, viewer, config)
    if post is None:
        raise Conflict(
            Message("This installation sends no mails, so it cannot see whether an address is yours.")
        )
    await again.confirm(request, viewer, password=field(fields, "password"), code=field(fields, "code"))
    address, network = field(fields, "address"), tries.network(devices.address_of(request))
    await db.awrite(
        lambda session: changes.ask(
            session, user=viewer.user, address=address, network=network, post=post, now=now
        )
    )
    return RedirectResponse(HOME, 303)


@router.post(f"{letters.PAGE}/withdraw")
async def withdraw(viewer: Acting, db: Db) -> Response:
    """Forget the address that waits to be confirmed."""
    await db.awrite(lambda session: changes.withdraw(session, user=viewer.user))
    return RedirectResponse(HOME, 303)


@router.get(letters.PAGE)
async def open_link(request: Request, viewer: ViewerHere, db: Db, now: Now, link: Secret = "") -> Response:
    """The page that asks whether the viewer means it: whoever only opens a link changes nothing."""
    address = await db.aread(
        lambda session: changes.address_of(session, user=viewer.user, secret=link, now=now)
    )
    return pages.render(request, "people/address.html", viewer, address=address, link=link)


@router.post(f"{letters.PAGE}/confirm")
async def confirm(
    request: Request,
    viewer: Acting,
    db: Db,
    config: Config,
    now: Now,
    link: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Give the viewer the address."""
    post = _post(request, viewer, config)
    await db.awrite(
        lambda session: changes.confirm(session, user=viewer.user, secret=link, post=post, now=now)
    )
    return RedirectResponse(HOME, 303)


def _post(request: Request, viewer: Identity, config: Settings) -> Post | None:
    origin = config.link_origin
    if origin is None or not config.mails_links:
        return None
    return Post(origin, languages.of_page(request, viewer))
