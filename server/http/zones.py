"""The zone of their own in which somebody reads deadlines: the account's, else what the browser says."""

from fastapi import Request

from server.domain.people.zones import is_zone
from server.http.deps import Identity

COOKIE = "splitboard_zone"  # set by countdown.js; no secret, and worth nothing but a second time on a page


def of_page(request: Request, viewer: Identity | None) -> str:
    """The reader's own zone, "" where nobody has said it."""
    chosen = "" if viewer is None else viewer.user.zone
    zone = chosen or request.cookies.get(COOKIE, "")
    return zone if is_zone(zone) else ""
