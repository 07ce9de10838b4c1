"""The description of the web API, for whoever is signed in; `docs/openapi.json` is the same.

After a change of the API: `.venv/bin/python -m server.api.openapi docs/openapi.json`.
"""

import json
import sys
from functools import cache
from pathlib import Path

from fastapi.responses import Response
from fastapi.routing import APIRoute

from server.api.nouns import ROUTERS
from server.http.answers import api_router, sends
from server.http.deps import Viewer
from server.http.description import describe

router = api_router("openapi")


@router.get("/openapi.json", responses=sends("application/json"))
async def show(viewer: Viewer) -> Response:
    """This description, in OpenAPI."""
    return Response(text(), media_type="application/json")


@cache
def text() -> str:
    """The OpenAPI document as indented JSON, in the order of the routes."""
    routes = [route for each in (*ROUTERS, router) for route in each.routes if isinstance(route, APIRoute)]
    return json.dumps(describe(routes), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
