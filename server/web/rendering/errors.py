"""A refusal as a page: the sentence, what it is about, the way on. No database, only what the error knows."""

from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from grader.messages import Message
from server.domain.errors import DomainError, LimitReached, NotSignedIn, PrivateHidden
from server.domain.people.accounts.sign_in import TooManyTries
from server.domain.people.passwords.links import LinkIsOver
from server.domain.people.passwords.own import OwnPasswordNeeded
from server.domain.people.second_factor.factors import SecondFactorNeeded
from server.domain.people.sign_on.refusals import SignOnRefused
from server.http.first_steps import OWN_PASSWORD, SECOND_FACTOR
from server.services.sign_on.provider import Provider
from server.services.uploads.refusals import FileRefused
from server.web.rendering import pages

TITLES = {
    401: Message("Please sign in"),
    403: Message("This is closed to you"),
    404: Message("There is no such page"),
    405: Message("That does not work here"),
    409: Message("That does not fit together"),
    413: Message("The file is too large"),
    422: Message("Something in the request is missing or wrong"),
    429: Message("Too many for now"),
}
BROKEN, NOT_DONE = Message("Something broke here"), Message("That did not work")  # of any other status


def page(request: Request, error: DomainError, status: int) -> Response:
    """The page for a refusal, with its status; whoever must sign in to read a page is sent to do so."""
    template, viewer = _template(error), getattr(request.state, "viewer", None)
    if viewer is None and isinstance(error, NotSignedIn | TooManyTries):
        return _sign_in(request, error, status)
    if isinstance(error, OwnPasswordNeeded) and request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"{OWN_PASSWORD}?next={_here(request)}", 303)
    if isinstance(error, SecondFactorNeeded) and request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"{SECOND_FACTOR}?next={_here(request)}", 303)
    of_a_competition = template not in ("errors/show.html", "people/link_over.html")
    if of_a_competition and getattr(request.state, "head", None) is None:
        template = "errors/show.html"  # nothing is known of the competition, so its page cannot be drawn
    title = TITLES.get(status, BROKEN if status >= 500 else NOT_DONE)
    if isinstance(error, SignOnRefused):
        title = NOT_DONE
    values = {"title": title, "message": error.message, "code": error.code, "details": error.details}
    return pages.render(request, template, viewer, status=status, **values)


def _template(error: DomainError) -> str:
    match error:
        case PrivateHidden():
            return "boards/hidden.html"
        case LinkIsOver():
            return "people/link_over.html"
        case FileRefused():
            return "submissions/refused.html"
        case LimitReached():
            return "submissions/limit.html"
        case _:
            return "errors/show.html"


def _sign_in(request: Request, error: DomainError, status: int) -> Response:
    fields = getattr(request.state, "sign_in_form", None)
    if fields is None and request.method in {"GET", "HEAD"}:
        return RedirectResponse(f"/sign-in?next={_here(request)}", 303)
    form = fields or {"username": "", "next": "/", "is_set": False}
    values = form | {"message": error.message, "provider": provider_label(request), "proxy_user": ""}
    return pages.render(request, "people/sign_in.html", None, status=status, **values)


def provider_label(request: Request) -> str:
    """What the sign-in page calls the identity provider; empty where there is none."""
    provider: Provider | None = request.app.state.provider
    return "" if provider is None else provider.label


def _here(request: Request) -> str:
    """The address of the page that was asked for, as a value in another one's query."""
    return quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
