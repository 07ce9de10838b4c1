"""What every request and every answer gets. Plain ASGI classes, so that a streamed body is not touched."""

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import logs
from server.preferences import preferences

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS, HSTS_SUBDOMAINS = "max-age=31536000", "max-age=31536000; includeSubDomains"
PACKED_FROM, PACKED_AT = 1000, 4  # bytes of an answer that are worth packing; how hard, of 9
ID_BYTES = 6  # of a request: enough to tell apart those of some weeks
OUR_FAULTS = 500  # statuses from here on


class SecurityHeaders:
    """Adds the headers above, and `hsts` where the installation is served over https."""

    def __init__(self, app: ASGIApp, *, hsts: str | None) -> None:
        self._app = app
        self._headers = HEADERS | ({} if hsts is None else {"Strict-Transport-Security": hsts})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; complete the head of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Packing:
    """Sends text in gzip to whoever takes it; what has an encoding already, a board or a static file, stays.

    Secrets on pages are written otherwise each time (`secrets.py: masked`), so that lengths tell none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed = GZipMiddleware(app, minimum_size=PACKED_FROM, compresslevel=PACKED_AT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, by way of gzip where the answer may be in it."""
        is_taken = scope["type"] == "http" and "gzip" in preferences(
            Headers(scope=scope).get("accept-encoding", "").lower()
        )
        await (self._packed if is_taken else self._app)(scope, receive, send)


class RequestFacts:
    """Gives each request an id for every line that it logs, and for the head of an answer of 500 or more.

    The facts stay bound when the request has failed, for whoever logs that; the next request has its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(ID_BYTES)
        address = scope["client"][0] if scope.get("client") else "unknown"
        logs.begin(request=request_id, method=scope["method"], path=scope["path"], client=address)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= OUR_FAULTS:
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)
