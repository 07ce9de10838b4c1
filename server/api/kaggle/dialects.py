"""How Kaggle's clients speak: how they say who they are, and in which shape they read a refusal.

Three dialects: RPC (1.8 and later), and two of REST (1.5.14 to 1.6, and 1.7). A key is one of our personal
tokens: as `Bearer`, or as the password of `Basic` beside its owner's user name. What a client does with a
status decides which one it gets: on 401 some delete what they have stored, 403 they explain with a page of
Kaggle's, 429 they wait out, and 1.7 shows no words but those of a 200.
"""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from grader.messages import Message, joined, translated
from server.domain.errors import (
    Closed,
    DomainError,
    Invalid,
    LimitReached,
    NotOpen,
    NotSignedIn,
    PrivateHidden,
)
from server.http import languages
from server.http.answers import ApiRoute
from server.http.deps import Identity, viewer
from server.http.scopes import takes
from server.models import Scope
from server.services.uploads.refusals import FileRefused

PREFIX = "/api/v1"
RPC = "/competitions.CompetitionApiService"
READS = takes(Scope.READ)
NAMED = "splitboard.kaggle_user"  # in a request's scope: the user name beside the token
SILENT = "kaggle-api/v1.7"  # the client that shows the words of no 4xx
OLD = "Swagger-Codegen"  # 1.5 and 1.6, which leave a 404 at a submission with status 0
LINES = "\n"
PAGE, PAGE_MOST, TOKEN_DIGITS = 20, 200, 12  # rows of a list; of the number of a row
T = TypeVar("T")


class KaggleRoute(ApiRoute):
    """A route whose caller may write a token as Kaggle's key, `Basic` with a user name."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, which meets every token as `Bearer`."""
        handle = super().get_route_handler()

        async def handle_as_bearer(request: Request) -> Response:
            return await handle(_as_bearer(request))

        return handle_as_bearer


class Fields(BaseModel):
    """The JSON of a request: its names in lowerCamelCase, what it leaves out is what it is by default."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class NamedCompetition(Fields):
    """A competition by its slug, and of what it has a page, or a text by its name."""

    competition_name: str = ""
    page_name: str = ""
    page_token: str = ""
    page_size: int = PAGE


def kaggle_router() -> APIRouter:
    """A router for routes of Kaggle's clients."""
    return APIRouter(tags=["kaggle"], route_class=KaggleRoute)


async def caller(request: Request, viewer: Annotated[Identity, Depends(viewer)]) -> Identity:
    """Whoever asks, by a token; raises NotSignedIn for a session, and for another's user name."""
    if "authorization" not in request.headers:
        raise NotSignedIn(Message("Kaggle's client needs an API token of yours; the page Account makes one."))
    named = request.scope.get(NAMED)
    if named is not None and named.strip().casefold() != viewer.user.username.casefold():
        raise NotSignedIn(
            Message(
                "The key is an API token of somebody else than '{name}'; check KAGGLE_USERNAME.", name=named
            )
        )
    return viewer


Caller = Annotated[Identity, Depends(caller)]


def page_of(rows: Sequence[T], *, token: str = "", page: int = 1, size: int = PAGE) -> tuple[list[T], str]:
    """The rows of a page of a list, and the token of the next; an empty one where it is the last.

    page: from 1, where there is no token; some clients write -1 for the first. Raises Invalid for a token
    that is none.
    """
    size = min(size, PAGE_MOST) if size > 0 else PAGE
    if token and not (token.isascii() and token.isdecimal() and len(token) < TOKEN_DIGITS):
        raise Invalid(Message("There is no page '{token}' of this list.", token=token[:40]))
    start = int(token) if token else (max(1, page) - 1) * size
    is_last = start + size >= len(rows)
    return list(rows[start : start + size]), "" if is_last else str(start + size)


def _as_bearer(request: Request) -> Request:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request
    try:
        name, _, key = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return request
    bearer = (b"authorization", f"Bearer {key.strip()}".encode("latin-1", "replace"))
    others = [each for each in request.scope["headers"] if each[0] != b"authorization"]
    return Request({**request.scope, "headers": [*others, bearer], NAMED: name}, request.receive)


def is_kaggles(request: Request) -> bool:
    """Whether a request came to an address of Kaggle's clients, be there a route or none."""
    return request.url.path.startswith(f"{PREFIX}/")


def refused(request: Request, error: DomainError, status: int, headers: Mapping[str, str]) -> Response:
    """A refusal in the words and the shape that the client shows."""
    sentence = translated(words_of(error), languages.templates_of(request))
    shown = 400 if isinstance(error, LimitReached | NotOpen | Closed | PrivateHidden) else status
    agent, is_get = request.headers.get("user-agent", ""), request.method == "GET"
    if shown == 404 and agent.startswith(OLD) and not is_get:
        shown = 400
    is_silent = agent.startswith(SILENT) and not is_get
    is_told = is_silent and 400 <= shown < 500 and shown != 401
    if shown != status:
        headers = {}  # nobody shall wait for what comes with another day
    return JSONResponse({"code": shown, "message": sentence}, 200 if is_told else shown, headers)


def words_of(error: DomainError) -> str:
    """What is wrong, of a file with each of its problems in a line."""
    if not isinstance(error, FileRefused):
        return error.message
    problems = [joined(each["message"], each["hint"]) for each in error.details["problems"]]
    return joined(error.message, *problems, between=LINES)
