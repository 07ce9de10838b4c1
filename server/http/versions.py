"""The versioned address of the API, and the one without a version: both are the same routes (ADR 22)."""

import re

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from grader.messages import Message
from languages.catalogue import ENGLISH, templates
from server.domain.errors import NotFound
from server.http.languages import of_headers
from server.serializers.refusals import refusal

VERSION = "2026-12"  # a month, as no version of Kaggle's, whose addresses begin with /api/v1
API = "/api"
VERSIONED = f"{API}/{VERSION}"
_OF_A_VERSION = re.compile(r"/api/(\d{4}-\d{2})(?:/|$)")


class Versioned:
    """Leads an address of the present version to its route, and refuses one of a version that is not here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under the address without a version."""
        match = _OF_A_VERSION.match(scope["path"]) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
        elif match[1] == VERSION:
            await self._app(_unversioned(scope), receive, send)
        else:
            await _refusal(match[1], Headers(scope=scope))(scope, receive, send)


def _unversioned(scope: Scope) -> Scope:
    """The request as it would be without a version in its address."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return {
        **scope,
        "path": API + scope["path"].removeprefix(VERSIONED),
        "raw_path": API.encode() + raw.removeprefix(VERSIONED.encode()),
    }


def _refusal(version: str, headers: Headers) -> JSONResponse:
    language = of_headers(cookie_parser(headers.get("cookie", "")), headers) or ENGLISH
    error = NotFound(
        Message(
            "This server has no version {version} of the API. It has {present}, at {address}.",
            version=version,
            present=VERSION,
            address=f"{VERSIONED}/",
        ),
        details={"versions": [VERSION]},
    )
    return JSONResponse(refusal(error, templates(language)), status_code=404)
