"""The session's cookie in an answer: given to a browser, and taken back."""

from fastapi import Response

from server.domain.people.accounts import credentials
from server.http.deps import cookie_name, is_https
from server.settings import Settings


def set_session_cookie(response: Response, secret: str, config: Settings) -> None:
    """Give the browser a session's secret, out of reach of scripts, until the session's week is over."""
    response.set_cookie(
        cookie_name(config),
        secret,
        max_age=credentials.SESSION_DAYS * 24 * 3600,
        httponly=True,
        secure=is_https(config),
        samesite="lax",
    )


def clear_session_cookie(response: Response, config: Settings) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(cookie_name(config), httponly=True, secure=is_https(config), samesite="lax")
