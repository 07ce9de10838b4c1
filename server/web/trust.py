"""Receipts and proof: what was promised at the opening, and how a student checks it without trusting us."""

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from server import shapes, shapes_trust
from server.deps import Db, Now
from server.domain import competitions
from server.web import pages
from server.web.pages import FoundHere, OnPage

router = APIRouter()


@router.get("/competitions/{slug}/trust")
async def trust(request: Request, found: FoundHere, who: OnPage, db: Db, now: Now) -> Response:
    """The commitment in plain words: sealed until the reveal, then with its salt and text."""
    shown = await db.aread(
        lambda session: shapes_trust.commitment(session, found, now=now),
        private=competitions.is_revealed(found.competition, now),
    )
    for version in shown["versions"]:
        version["covers"] = _read(version.get("text"))
    return pages.render(request, "competitions/trust.html", who, proof=shown)


def _read(text: str | None) -> shapes.Json | None:
    """The opened text's fields, or None while it is sealed."""
    found: shapes.Json | None = None if text is None else json.loads(text)
    return found
