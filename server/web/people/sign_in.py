"""Signing in and out with a password, by a form."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.domain.people.accounts import credentials
from server.domain.people.second_factor import factors, halves
from server.domain.people.sign_on.claims import RosterFact
from server.domain.people.sign_on.proxy import account_named
from server.http import deps
from server.http.deps import Config, Db, Now, PasserBy
from server.http.proxy import proxy_user
from server.http.sign_in import session_cookies
from server.http.sign_in import tries as passwords
from server.http.sign_in.second_factor import hold_half
from server.logs import bind, logger_of
from server.models import SessionWay
from server.web.rendering import pages
from server.web.rendering.errors import provider_label
from server.web.rendering.forms import Acting, same_site

CLEAR_SITE_DATA = {"Clear-Site-Data": '"cache", "storage"'}  # the cookie by which the browser is known stays
CODE_PAGE = "/sign-in/code"
router = APIRouter()
log = logger_of(__name__)


@router.get("/sign-in")
async def form(
    request: Request,
    viewer: PasserBy,
    to: Annotated[str, Query(alias="next", max_length=2000)] = "/",
    is_set: Annotated[bool, Query(alias="password_set")] = False,
    is_over: Annotated[bool, Query(alias="signed_out")] = False,
) -> Response:
    """The form; who is signed in goes on at once, and so does whom a proxy names, unless they signed out."""
    if viewer is not None and not is_set:
        return RedirectResponse(same_site(to), 303)
    name = proxy_user(request)
    if name and not is_over:
        request.state.sign_in_form = {"username": "", "next": same_site(to), "is_set": False}
        return await _let_in_by_proxy(request, name, to=same_site(to))
    return pages.render(
        request,
        "people/sign_in.html",
        None,
        provider=provider_label(request),
        proxy_user=name,
        username="",
        next=same_site(to),
        message=None,
        is_set=is_set,
    )


async def _let_in_by_proxy(request: Request, name: str, *, to: str) -> Response:
    config, now = deps.settings(request), request.app.state.clock()
    fact = RosterFact(config.user_header_matches)
    user = await deps.database(request).aread(lambda session: account_named(session, name, fact))
    bind(user=user.id)
    log.info("signed in", way="proxy")
    return await passwords.let_in(request, user, to=to, way=SessionWay.PROXY, now=now)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    db: Db,
    config: Config,
    now: Now,
    username: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    to: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Open a session and go where the visitor wanted to go; a wrong password shows the form again.

    It ends the session that this browser had before.
    """
    deps.require_own_page(request)
    request.state.sign_in_form = {"username": username, "next": same_site(to), "is_set": False}
    user = await passwords.sign_in(request, username=username, password=password, now=now)
    to = same_site(to)
    if await db.aread(lambda session: factors.is_on(session, user)):
        half = await db.awrite(lambda session: halves.begin(session, user=user, next_path=to, now=now))
        waits = RedirectResponse(CODE_PAGE, 303)
        hold_half(waits, half, config)
        return waits
    answer = await passwords.let_in(request, user, to=to, way=SessionWay.PASSWORD, now=now)
    passwords.know_again(answer, user, config)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, viewer: Acting, db: Db, config: Config) -> Response:
    """End this browser's session."""
    secret = request.cookies[deps.cookie_name(config)]
    await db.awrite(lambda session: credentials.close_session(session, secret=secret))
    to = "/sign-in?signed_out=true" if viewer.way is SessionWay.PROXY else "/sign-in"
    answer = RedirectResponse(to, 303, CLEAR_SITE_DATA)
    session_cookies.clear_session_cookie(answer, config)
    return answer
