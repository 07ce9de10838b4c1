"""The second factor: asked for after the password, set up and switched off by its owner, or by an admin.

Recovery codes are shown on the answer to the form that made them, and never again.
"""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.errors import NotAllowed
from server.domain.people.accounts import accounts
from server.domain.people.second_factor import codes, factors, halves, sealing
from server.http.deps import Config, Db, Identity, Now
from server.http.first_steps import SECOND_FACTOR
from server.http.sign_in import again
from server.http.sign_in import second_factor as http
from server.http.sign_in import tries as browsers
from server.models import SessionWay
from server.serializers.values import Json, iso_or_none
from server.web.people.sign_in import CODE_PAGE
from server.web.privacy import AdminHere
from server.web.rendering import pages
from server.web.rendering.forms import Acting, AnybodysForm, field, same_site
from server.web.rendering.pages import ViewerHere
from server.web.rendering.qr_codes import qr_code

router = APIRouter()


@router.get(CODE_PAGE)
async def code_form(request: Request, db: Db, now: Now) -> Response:
    """The form for the code, for whom the password has let so far."""
    request.state.sign_in_form = {"username": "", "next": "/", "is_set": False}
    secret = http.half_held(request)
    await db.aread(lambda session: halves.half_of(session, secret=secret, now=now))
    return pages.render(request, "people/code.html", None)


@router.post(CODE_PAGE)
async def take_code(request: Request, form: AnybodysForm, db: Db, config: Config, now: Now) -> Response:
    """Complete the sign-in by a code of the app or a recovery code."""
    request.state.sign_in_form = {"username": "", "next": "/", "is_set": False}
    secret = http.half_held(request)
    half = await db.aread(lambda session: halves.half_of(session, secret=secret, now=now))
    await http.require_code(request, half.user, field(form, "code"))
    await db.awrite(lambda session: halves.end(session, secret=secret))
    answer = await browsers.let_in(request, half.user, to=half.next_path, way=SessionWay.PASSWORD, now=now)
    browsers.know_again(answer, half.user, config)
    http.drop_half(answer, config)
    return answer


@router.get(SECOND_FACTOR)
async def show(
    request: Request,
    viewer: ViewerHere,
    db: Db,
    to: Annotated[str, Query(alias="next", max_length=2000)] = "/account",
) -> Response:
    """How far the viewer's second factor is, and what is next."""
    return await _page(request, viewer, db, to=same_site(to))


@router.post(SECOND_FACTOR)
async def begin(request: Request, viewer: Acting, db: Db, now: Now) -> Response:
    """Make a key to be set up, once the viewer has typed their password."""
    fields, user, seal = request.state.form, viewer.user, http.seal_here(request)
    await again.confirm(request, viewer, password=field(fields, "password"), code=field(fields, "code"))
    await db.awrite(lambda session: factors.begin(session, user=user, seal=seal, now=now))
    to = quote(same_site(field(fields, "next") or "/account"), safe="")
    return RedirectResponse(f"{SECOND_FACTOR}?next={to}", 303)


@router.post(f"{SECOND_FACTOR}/confirm")
async def confirm(request: Request, viewer: Acting, db: Db, now: Now) -> Response:
    """Switch the second factor on by the app's first code, and show the recovery codes."""
    fields, user, seal = request.state.form, viewer.user, http.seal_here(request)
    await db.awrite(lambda session: codes.count_try(session, user=user, now=now))
    new = await db.awrite(
        lambda session: factors.confirm(session, user=user, code=field(fields, "code"), seal=seal, now=now)
    )
    return await _page(request, viewer, db, to=same_site(field(fields, "next") or "/account"), new=new)


@router.post(f"{SECOND_FACTOR}/recovery-codes")
async def renew_codes(request: Request, viewer: Acting, db: Db) -> Response:
    """Show ten new recovery codes, for a code of the app."""
    user, seal = viewer.user, http.seal_here(request)
    await http.require_code(request, user, field(request.state.form, "code"))
    new = await db.awrite(lambda session: factors.new_recovery_codes(session, user=user, seal=seal))
    return await _page(request, viewer, db, to="/account", new=new)


@router.post(f"{SECOND_FACTOR}/off")
async def switch_off(request: Request, viewer: Acting, db: Db, now: Now) -> Response:
    """Switch the viewer's second factor off, for a code of it."""
    user = viewer.user
    await http.require_code(request, user, field(request.state.form, "code"))
    await db.awrite(lambda session: factors.end(session, user=user, now=now))
    return RedirectResponse("/account", 303)


@router.post("/people/{user_id}/second-factor")
async def switch_off_for(
    user_id: int,
    _: AdminHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Switch off somebody's second factor, as an admin who says why."""

    def work(session: Session) -> None:
        user = accounts.user_numbered(session, user_id)
        factors.end_for(session, user=user, reason=reason, by=viewer.actor, now=now)

    await db.awrite(work)
    return RedirectResponse(f"/people/{user_id}", 303)


async def _page(request: Request, viewer: Identity, db: Db, *, to: str, new: Sequence[str] = ()) -> Response:
    user, seal = viewer.user, http.seal_here(request)

    def look(session: Session) -> Json:
        state = factors.state_of(session, user=user, seal=seal)
        if state is None and not accounts.is_more_than_student(session, user):
            raise NotAllowed(factors.FOR_STAFF)
        app_key = "" if state is None else state.app_key
        return {
            "confirmed_at": None if state is None else iso_or_none(state.confirmed_at),
            "left": 0 if state is None else state.recovery_codes,
            "app_key": " ".join(app_key[start : start + 4] for start in range(0, len(app_key), 4)),
            "picture": qr_code(sealing.address_of(app_key, user.username)) if app_key else "",
        }

    values = await db.aread(look)
    asks_password = again.asks_password(viewer)
    own: Json = {"new_codes": new, "next": to, "asks_password": asks_password}
    return pages.render(request, "people/second_factor.html", viewer, **own, **values)
