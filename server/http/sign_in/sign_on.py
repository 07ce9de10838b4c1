"""The cookies of a sign-on: of a browser that was sent to the provider, and of an identity to be confirmed.

`SameSite=Lax` lets them come with the provider's redirect, which is a page that is opened.
"""

from fastapi import Request, Response

from server.domain.people.sign_on import identities, tickets
from server.http import deps
from server.settings import Settings

TICKET, OFFER = "splitboard_sign_on", "splitboard_identity"
SECONDS = {TICKET: tickets.LIFETIME.total_seconds(), OFFER: identities.LIFETIME.total_seconds()}


def hold(response: Response, name: str, secret: str, config: Settings) -> None:
    """Let the browser hold the secret of a ticket or an offer, out of reach of scripts."""
    response.set_cookie(
        _full_name(name, config),
        secret,
        max_age=round(SECONDS[name]),
        httponly=True,
        secure=deps.is_https(config),
        samesite="lax",
    )


def held(request: Request, name: str) -> str:
    """The secret that this browser holds; empty where it holds none."""
    return request.cookies.get(_full_name(name, deps.settings(request)), "")


def drop(response: Response, name: str, config: Settings) -> None:
    """Take the secret back from the browser."""
    response.delete_cookie(
        _full_name(name, config), httponly=True, secure=deps.is_https(config), samesite="lax"
    )


def _full_name(name: str, config: Settings) -> str:
    return f"__Host-{name}" if deps.is_https(config) else name
