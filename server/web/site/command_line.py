"""How to get the `splitboard` command: a page that says it, and the wheel that pip installs."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from grader.messages import Message
from server.domain.errors import NotFound
from server.http.deps import PasserBy, own_url
from server.services.client_wheel import client_wheel
from server.web.rendering import pages

router = APIRouter()


@router.get("/command-line")
async def show(request: Request, viewer: PasserBy) -> Response:
    """What to type to install the command and to sign in with it; for anybody."""
    address = own_url(request).rstrip("/")
    wheel = f"{address}/command-line/{client_wheel().name}"
    return pages.render(request, "command_line.html", viewer, address=address, wheel=wheel)


@router.get("/command-line/{name}")
async def wheel(name: str) -> Response:
    """The command as a wheel, for anybody: pip has no cookie, and in it is this program's own code alone."""
    current = client_wheel()
    if name != current.name:
        raise NotFound(
            Message("There is no {name} here; the current one is {current}.", name=name, current=current.name)
        )
    return Response(current.data, media_type="application/octet-stream")
