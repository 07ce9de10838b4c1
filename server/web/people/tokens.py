"""A person's API tokens on their account's page.

A new secret waits in a cookie between the answer to the form and the page that shows it, so that no address
stands for it: reloading, going back and the history bring it no more.
"""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from server.domain.errors import NotSignedIn
from server.domain.people.accounts import scopes as domain
from server.domain.people.accounts import tokens
from server.http.deps import Db, Identity, Now, database, is_https, settings
from server.http.sign_in import again
from server.models import Scope
from server.serializers.people.people import token as token_json
from server.serializers.values import Json
from server.settings import Settings
from server.web.rendering.forms import Acting, field

COOKIE, WAITING_SECONDS = "splitboard_new_token", 120
PAGE = "/account#tokens"
CHOICES = {"scopes": list(Scope), "days": domain.DAYS_OFFERED, "usual_days": domain.DAYS}  # of a new one
router = APIRouter()


@router.post("/account/tokens")
async def make_token(
    request: Request,
    viewer: Acting,
    db: Db,
    now: Now,
    name: Annotated[str, Form(max_length=1000)] = "",
    scopes: Annotated[list[Scope], Form()] = [],  # noqa: B006  # as forms send a choice of none
    days: Annotated[int, Form()] = domain.DAYS,
) -> Response:
    """A new token, shown on the page that follows and never again, for whoever says again who they are."""
    terms = domain.terms(scopes, days=days, now=now)
    fields = request.state.form
    await again.confirm(request, viewer, password=field(fields, "password"), code=field(fields, "code"))
    token = await db.awrite(
        lambda session: tokens.make_token(session, user=viewer.user, name=name, terms=terms, now=now)
    )
    answer = RedirectResponse(PAGE, 303)
    answer.set_cookie(
        _cookie_name(settings(request)),
        token.secret,
        max_age=WAITING_SECONDS,
        httponly=True,
        secure=is_https(settings(request)),
        samesite="strict",
    )
    return answer


@router.post("/account/tokens/{token_id}/revoke")
async def revoke_token(token_id: int, viewer: Acting, db: Db, now: Now) -> Response:
    """End one of the viewer's tokens."""
    await db.awrite(
        lambda session: tokens.revoke_token(session, token_id=token_id, user=viewer.user, now=now)
    )
    return RedirectResponse(PAGE, 303)


async def waiting_secret(request: Request, viewer: Identity) -> str | None:
    """The secret of the token that this browser has just made for the viewer; None where there is none."""
    secret = request.cookies.get(_cookie_name(settings(request)))
    if secret is None or viewer.form_token is None:
        return None
    try:
        bearer = await database(request).aread(
            lambda session: tokens.bearer(session, secret=secret, now=request.app.state.clock())
        )
    except NotSignedIn:
        return None
    return secret if bearer.user.id == viewer.user.id else None


def forget_secret(response: Response, config: Settings) -> None:
    """Take the secret back from the browser, which has shown it."""
    response.delete_cookie(_cookie_name(config), httponly=True, secure=is_https(config), samesite="strict")


def token_values(session: Session, viewer: Identity, now: datetime) -> list[Json]:
    """The viewer's tokens, as their page lists them."""
    return [
        {**token_json(token), "is_over": tokens.is_over(token, now)}
        for token in tokens.tokens_of(session, user=viewer.user)
    ]


def _cookie_name(config: Settings) -> str:
    return f"__Host-{COOKIE}" if is_https(config) else COOKIE
