"""The files that pages load: style, scripts, the emblem. Their addresses change with their bytes.

A browser may therefore keep each for a year and never ask again. What a script imports has such an address,
too: the name in its `import` is replaced before its own bytes are hashed.
"""

import gzip
import hashlib
import mimetypes
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.datastructures import Headers, QueryParams
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from server.preferences import preferences

STATIC = Path(__file__).parent / "static"
NAMES = frozenset(path.name for path in STATIC.iterdir() if path.is_file())
IMPORT = re.compile(r'(\bfrom\s*"\./)([\w.-]+)(")')
A_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # for whoever has an old address, or none


class StaticFile(NamedTuple):
    """A file as it is served. version: changes with its bytes. packed: in gzip."""

    data: bytes
    packed: bytes
    version: str
    media_type: str


@cache
def static_file(name: str) -> StaticFile:
    """The file of this name, its imports replaced by their addresses. Raises KeyError for none."""
    if name not in NAMES:
        raise KeyError(name)
    data = (STATIC / name).read_bytes()
    if name.endswith(".js"):
        data = IMPORT.sub(_with_version, data.decode("utf-8")).encode("utf-8")
    version = hashlib.sha256(data).hexdigest()[:12]
    return StaticFile(data, gzip.compress(data, mtime=0), version, _media_type(name))


def _with_version(imported: re.Match[str]) -> str:
    return f"{imported[1]}{imported[2]}?v={static_file(imported[2]).version}{imported[3]}"


def _media_type(name: str) -> str:
    media_type = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return media_type or "application/octet-stream"


@cache
def static_url(name: str) -> str:
    """The address of a static file, which changes with its bytes."""
    return f"/static/{name}?v={static_file(name).version}"


class StaticFolder:
    """An ASGI application that serves the files from memory, to be mounted at /static."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await _answer(scope)(scope, receive, send)


def _answer(scope: Scope) -> Response:
    name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
    if scope["method"] not in {"GET", "HEAD"}:
        return PlainTextResponse("Only GET and HEAD work here.", 405, {"Allow": "GET, HEAD"})
    if name not in NAMES:
        return PlainTextResponse("There is no such file.", 404)
    file, request_headers = static_file(name), Headers(scope=scope)
    is_current = QueryParams(scope["query_string"]).get("v") == file.version
    headers = {
        "Cache-Control": A_YEAR if is_current else ASK_AGAIN,
        "ETag": f'"{file.version}"',
        "Vary": "Accept-Encoding",
    }
    if request_headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in preferences(request_headers.get("accept-encoding", "").lower()):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, headers=headers, media_type=file.media_type)
    return Response(file.data, headers=headers, media_type=file.media_type)
