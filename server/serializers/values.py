"""Values that answers about several nouns hold: rounded scores, a course day, a file."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from server.clock import iso
from server.domain.competitions.access import Today
from server.models import CompetitionFile

Json = dict[str, Any]


def today(day: Today, now: datetime) -> Json:
    """A team's course day: what is used, what is left, when the next one begins."""
    return {
        "day": day.day.isoformat(),
        "limit": day.limit,
        "used": day.used,
        "left": day.left,
        "resets_at": iso(day.resets_at),
        "resets_in_seconds": max(0, round((day.resets_at - now).total_seconds())),
    }


def rounded(score: float | None, decimals: int) -> float | None:
    """A score with the decimals that its split supports."""
    return None if score is None else round(score, decimals)


def file(row: CompetitionFile, *, slug: str) -> Json:
    """A public file."""
    return {
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "url": f"/api/competitions/{slug}/files/{quote(row.name)}",
    }
