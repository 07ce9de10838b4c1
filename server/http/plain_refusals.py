"""What the framework refuses by itself, a body or a range, said in our words and shapes."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from grader.messages import Message
from server.domain.errors import DomainError
from server.http.middleware import HEADERS

Answering = Callable[[Request, DomainError, int], Awaitable[Response]]
REFUSALS: Mapping[int, DomainError] = {
    400: DomainError(
        Message("The header Range is none that is read here. It is written as in bytes=100-."),
        code="invalid",
    ),
    413: DomainError(
        Message("What was sent is larger than a form or a request may be. A file has an address of its own."),
        code="too_large",
    ),
    416: DomainError(
        Message("The file ends before the first byte that the header Range asks for. Ask for all of it."),
        code="invalid",
    ),
}


class PlainRefusals:
    """Answers in place of the framework where it says something in plain text; the outermost application.

    answer: how a refusal is said to whom.
    """

    def __init__(self, app: ASGIApp, *, answer: Answering) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_replaced = False

        async def send_in_our_words(event: Event) -> None:
            nonlocal is_replaced
            if event["type"] == "http.response.start" and _is_plain(event):
                is_replaced = True
                await self._say(event, scope, receive, send)
            elif not is_replaced:
                await send(event)

        await self._app(scope, receive, send_in_our_words)

    async def _say(self, event: Event, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the refusal; of the framework's head what says how long the file is."""
        status = event["status"]
        answer = await self._answer(Request(scope), REFUSALS[status], status)
        length = Headers(raw=event["headers"]).get("content-range")
        if length is not None:
            answer.headers["Content-Range"] = length
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        await answer(scope, receive, send)


def _is_plain(event: Event) -> bool:
    """Whether an answer is the framework's own refusal."""
    if event["status"] not in REFUSALS:
        return False
    return Headers(raw=event["headers"]).get("content-type", "").startswith("text/plain")
