"""Whom to tell of a weakness of this installation, where programs look for it (RFC 9116)."""

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from grader.messages import Message
from server.clock import iso
from server.domain.errors import NotFound
from server.http.deps import Config, Now

VALID_FOR = timedelta(days=180)
router = APIRouter()


@router.get("/.well-known/security.txt")
async def show(config: Config, now: Now) -> Response:
    """The address of the operator; NotFound where none is set."""
    if config.security_contact is None:
        raise NotFound(Message("This installation names nobody to write to about its security."))
    return PlainTextResponse(f"Contact: {config.security_contact}\nExpires: {iso(now + VALID_FOR)}\n")
