"""The audit trail on its way out, for pages and API: filters from a query, pages by keys, files in pieces."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from grader.messages import Message
from server.database.database import Database
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.audit.trail import Entry, EntryFilter
from server.domain.errors import Invalid, NotAllowed
from server.http.bounds import require_year
from server.http.deps import NO_STORE
from server.models import Competition, User

PIECE = 500  # entries read at once for a file


class Format(StrEnum):
    """How an exported file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


MEDIA = {Format.CSV: "text/csv; charset=utf-8", Format.JSON_LINES: "application/jsonl; charset=utf-8"}


async def filters_of_query(
    act: Annotated[str, Query(max_length=60)] = "",
    by: Annotated[str, Query(max_length=200)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
) -> EntryFilter:
    """What the query asks for; days are 2030-03-15. Raises Invalid."""
    return EntryFilter(act=act, by=by.strip(), since=day(since), until=day(until), text=text.strip())


AuditFilters = Annotated[EntryFilter, Depends(filters_of_query)]


def day(text: str) -> date | None:
    """The day that `text` names, None for nothing; raises Invalid."""
    if not text:
        return None
    try:
        named = date.fromisoformat(text)
    except ValueError:
        raise Invalid(Message("'{text}' is no day; write it as 2030-03-15.", text=text)) from None
    require_year(named.year, text)
    return named


def within_competition(filters: EntryFilter, competition: Competition) -> EntryFilter:
    """The same question about one competition, in days of its zone."""
    return replace(filters, competition=competition, zone=competition.reset_zone)


def require_admin(user: User) -> None:
    """Raise NotAllowed unless the user is an admin of the installation."""
    if not user.is_admin:
        raise NotAllowed(
            Message("The whole installation's audit trail is for its admins. Staff find theirs in a course.")
        )


async def export_file(
    db: Database, filters: EntryFilter, *, format: Format, by: Actor, now: datetime
) -> StreamingResponse:
    """The entries as a file, read and sent in pieces. That it was taken is an entry itself."""
    subject = "installation" if filters.competition is None else f"competition {filters.competition.slug}"
    act = audit.Act("audit_exported", subject, competition=filters.competition)
    await db.awrite(lambda session: audit.record(session, act, by=by, now=now))
    slug = "splitboard" if filters.competition is None else filters.competition.slug
    stamp = now.astimezone(ZoneInfo(filters.zone)).strftime("%Y%m%d-%H%M")
    name = f"{slug}-audit-{stamp}.{format.value}"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_pieces(db, filters, format), media_type=MEDIA[format], headers=headers)


async def _pieces(db: Database, filters: EntryFilter, format: Format) -> AsyncIterator[bytes]:
    below: int | None = None
    entries: list[Entry] = []
    while below is None or entries:
        entries = await db.aread(_read_below(filters, below))
        is_first = below is None
        if format is Format.CSV:
            yield audit.to_csv(entries, with_header=is_first)
        else:
            yield audit.to_json_lines(entries)
        below = entries[-1].id if entries else 0


def _read_below(filters: EntryFilter, below: int | None) -> Callable[..., list[Entry]]:
    return lambda session: audit.entries(session, filters, below=below, most=PIECE)
