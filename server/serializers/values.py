"""Values that answers about several nouns hold: times, rounded scores, a course day, a file."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.competitions.access import Today
from server.domain.competitions.starters import PublicFile
from server.models import CompetitionFile

Json = dict[str, Any]  # what a page is made from; answers of the API have shapes of their own
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]  # UTC with microseconds
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]


class TodayJson(TypedDict):
    """A team's slots on the course day that runs now; `resets_at` is when the next one begins."""

    day: Day
    limit: int
    used: int
    left: int
    resets_at: Time
    resets_in_seconds: int


class FileJson(TypedDict):
    """A file that a competition hands out; `size` in bytes."""

    name: str
    size: int
    sha256: str
    url: str


def today(day: Today, now: datetime) -> TodayJson:
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


def iso_or_none(instant: datetime | None) -> Time | None:
    """A time as answers write it; None for what has not come."""
    return None if instant is None else iso(instant)


def file(row: CompetitionFile | PublicFile, *, slug: str) -> FileJson:
    """A public file."""
    return {
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "url": f"/api/competitions/{slug}/files/{quote(row.name)}",
    }
