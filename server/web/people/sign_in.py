"""Signing in and out with a password, by a form."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from server.domain.people.accounts import credentials
from server.http import deps
from server.http import sign_in as passwords
from server.http.deps import Config, Db, Now, PasserBy
from server.models import SessionWay
from server.web.rendering import pages
from server.web.rendering.errors import provider_label
from server.web.rendering.forms import Acting, same_site

CLEAR_SITE_DATA = {"Clear-Site-Data": '"cache", "storage"'}  # the cookie by which the browser is known stays
router = APIRouter()


@router.get("/sign-in")
async def form(
    request: Request,
    viewer: PasserBy,
    to: Annotated[str, Query(alias="next", max_length=2000)] = "/",
    is_set: Annotated[bool, Query(alias="password_set")] = False,
) -> Response:
    """The form; whoever is signed in goes on at once."""
    if viewer is not None and not is_set:
        return RedirectResponse(same_site(to), 303)
    return pages.render(
        request,
        "people/sign_in.html",
        None,
        provider=provider_label(request),
        username="",
        next=same_site(to),
        message=None,
        is_set=is_set,
    )


@router.post("/sign-in")
async def sign_in(
    request: Request,
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
    answer = await passwords.let_in(request, user, to=same_site(to), way=SessionWay.PASSWORD, now=now)
    passwords.know_again(answer, user, config)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, viewer: Acting, db: Db, config: Config) -> Response:
    """End this browser's session."""
    secret = request.cookies[deps.cookie_name(config)]
    await db.awrite(lambda session: credentials.close_session(session, secret=secret))
    answer = RedirectResponse("/sign-in", 303, CLEAR_SITE_DATA)
    deps.clear_session_cookie(answer, config)
    return answer
