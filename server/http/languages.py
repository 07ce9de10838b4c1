"""In which language a request is answered: the person's choice, else what their browser or program asks for.

A choice stands in the account, so that it goes with the person, and in a cookie, for what is read without an
account (the sign-in page) or by a script (an upload's answer). Without either the course's own language
decides where none of those that the browser asks for is there.
"""

from collections.abc import Mapping

from fastapi import Request, Response

from languages.catalogue import ENGLISH, Templates, available, nearest, templates
from server.http import deps
from server.http.deps import Identity
from server.preferences import preferences

COOKIE = "splitboard_language"
KEPT_SECONDS = 400 * 24 * 3600  # the most that browsers keep a cookie for


def of_request(request: Request) -> str:
    """The language of an answer to a script or program: the cookie's, the header's, or the course's."""
    asked_for = of_headers(request.cookies, request.headers)
    return asked_for or getattr(request.state, "course_language", "") or ENGLISH


def of_headers(cookies: Mapping[str, str], headers: Mapping[str, str]) -> str | None:
    """The language that cookies and headers ask for; None where there is none of theirs."""
    chosen = cookies.get(COOKIE)
    if chosen in available():
        return chosen
    return nearest(preferences(headers.get("accept-language", "")))


def of_page(request: Request, viewer: Identity | None) -> str:
    """The language of a page: that of the viewer's account, else that of the request."""
    chosen = "" if viewer is None else viewer.user.language
    return chosen if chosen in available() else of_request(request)


def of_scripts(request: Request, viewer: Identity) -> str:
    """The language in which a script of this page will be answered by an address that knows no course."""
    if viewer.user.language in available():
        return viewer.user.language  # the page brings the cookie that says so
    return of_headers(request.cookies, request.headers) or ENGLISH


def templates_of(request: Request) -> Templates:
    """The texts of an answer to a program or a script."""
    return templates(of_request(request))


def keep(request: Request, response: Response, language: str) -> None:
    """Let the browser's cookie say what the account says, where that has chosen a language."""
    if language and request.cookies.get(COOKIE) != language:
        response.set_cookie(
            COOKIE,
            language,
            max_age=KEPT_SECONDS,
            httponly=True,
            secure=deps.is_https(deps.settings(request)),
            samesite="lax",
        )
