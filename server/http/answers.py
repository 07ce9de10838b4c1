"""What a route of the web API answers: the JSON of a serializer, and its status, named in the signature.

A route says `-> Created[TeamJson]`: mypy holds the serializer to it, and `server/http/description.py` makes
it public. FastAPI is told of no response model: it would build a validator for each route at every start, and
copy each answer through it. That what is served is what is published is shown by the tests instead.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic_core import to_json

from grader.messages import Catalogue, translated
from languages.catalogue import ENGLISH
from server.http import etags, languages

T = TypeVar("T")
RawHeaders = list[tuple[bytes, bytes]]
OF_A_BODY = {b"content-length", b"content-type"}
Responses = dict[int | str, dict[str, Any]]  # as FastAPI's decorators take them


class Answer(Response, Generic[T]):
    """JSON of the shape T, with status 200."""

    media_type = "application/json"
    status: ClassVar[int] = 200

    def __init__(self, content: T, *, headers: Mapping[str, str] | None = None) -> None:
        self._content = content
        super().__init__(content, self.status, headers)

    def render(self, content: T) -> bytes:
        """The JSON text; what is no number (the mean of nothing) is null."""
        return to_json(content, inf_nan_mode="null")

    def translate(self, catalogue: Catalogue) -> None:
        """Say the texts of the answer in this language; one without any stays as it is."""
        content = translated(self._content, catalogue)
        if content != self._content:
            self._content = content
            self.body = self.render(content)
            self.headers["Content-Length"] = str(len(self.body))

    def etag(self) -> str:
        """What names the answer as this viewer is sent it, in their language."""
        return etags.strong(bytes(self.body))


class Timed(Answer[T]):
    """JSON that tells the time, with status 200: its ETag is of all else in it."""

    def etag(self) -> str:
        """What names the answer but for its clock."""
        return etags.weak(self.render(etags.without_clock(self._content)))


class Created(Answer[T]):
    """JSON of what was made, with status 201; `at` is where it stands from now on."""

    status = 201

    def __init__(
        self, content: T, *, at: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        where = {} if at is None else {"Location": at}
        super().__init__(content, headers={**where, **(headers or {})})


class Accepted(Answer[T]):
    """JSON of what was begun and is not finished, with status 202."""

    status = 202


class Kept(Response, Generic[T]):
    """JSON of the shape T whose bytes were made before, with the head that goes with them; status 200."""

    status: ClassVar[int] = 200

    def __init__(self, body: bytes, head: RawHeaders) -> None:
        super().__init__(body)
        self.raw_headers.extend(head)


class Unchanged(Response):
    """Status 304: the client's copy is still right."""

    def __init__(self, head: RawHeaders) -> None:
        super().__init__(status_code=304)
        self.raw_headers.extend(head)


class ApiRoute(APIRoute):
    """A route whose signature tells its answers; FastAPI neither checks nor copies them."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **{**options, "response_model": None})

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route, which answers with the texts in it in the language of the request."""
        handle = super().get_route_handler()

        async def handle_in_language(request: Request) -> Response:
            response = await handle(request)
            if isinstance(response, Answer) and languages.of_request(request) != ENGLISH:
                response.translate(languages.templates_of(request))
            if request.method == "GET" and isinstance(response, Answer):
                return _unless_known(request, response)
            return response

        return handle_in_language


def _unless_known(request: Request, answer: Answer[Any]) -> Response:
    """The answer with its ETag, or 304 where the client says that it has it."""
    answer.headers["ETag"] = etag = answer.etag()
    if not etags.is_known(request.headers.get("if-none-match"), etag):
        return answer
    return Unchanged([each for each in answer.raw_headers if each[0] not in OF_A_BODY])


def api_router(noun: str) -> APIRouter:
    """A router for the routes of one noun, which is their tag in the description of the API."""
    return APIRouter(tags=[noun], route_class=ApiRoute)


def refuses(*statuses: int) -> Responses:
    """For a decorator: what a route refuses besides that which every route may."""
    return {status: {} for status in statuses}


def sends(*media: str) -> Responses:
    """For a decorator: a file of one of these media types."""
    return {200: {"content": {each: {} for each in media}}}


HEAD = {
    "ETag": "Names this answer to this viewer; sent back as `If-None-Match` it is answered with 304.",
    "Retry-After": "Seconds after which to try again.",
    "RateLimit": "What is left (`r`), and the seconds until it is whole again (`t`).",
    "RateLimit-Policy": "The most (`q`), and the seconds of its window (`w`).",
}
OF_A_LIMIT = ("RateLimit-Policy", "RateLimit")


def head(*names: str) -> dict[str, Any]:
    """Fields of an answer's head, as OpenAPI describes them."""
    return {name: {"description": HEAD[name], "schema": {"type": "string"}} for name in names}


AS_KNOWN: Responses = {304: {"description": "As you have it."}}
FILE = sends("application/octet-stream") | AS_KNOWN


def reads(media: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """For a decorator's `openapi_extra`: the body of a route that reads it by itself; bytes by default."""
    content = {media: {"schema": schema or {"type": "string", "format": "binary"}}}
    return {"requestBody": {"required": True, "content": content}}
