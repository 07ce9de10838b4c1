"""The audit trail as a page with filters: of a competition for its staff, of everything for admins."""

import re
from itertools import accumulate
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from grader.messages import COMMA, Joined, Message, joined
from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.trail import COMMAND_LINE_NAME, Entry, EntryFilter
from server.http import audit_filters
from server.http.audit_filters import AuditFilters
from server.http.deps import Db
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.filters import NOTHING, local
from server.web.rendering.pages import NamesHere, ViewerHere
from server.web.rendering.trail_words import NO, YES, act_words, field_words, subject_words, value_words

PAGE_ROWS = 50
SHOWN_MOST = 300  # characters of one value; the export has all
EMPTY: tuple[Any, ...] = (None, "", [], {})
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
Below = Annotated[int | None, Query(ge=1)]
router = APIRouter()


@router.get("/competitions/{slug}/audit")
async def of_competition(
    request: Request,
    access: NamesHere,
    viewer: ViewerHere,
    filters: AuditFilters,
    db: Db,
    below: Below = None,
) -> Response:
    """What staff have done in this competition and its course, the newest first."""
    own_filters = audit_filters.within_competition(filters, access.competition)
    base = f"/competitions/{access.competition.slug}/audit"
    values = await db.aread(lambda session: _trail_values(session, own_filters, below, base))
    return pages.render(request, "audit/list.html", viewer, **values)


@router.get("/audit")
async def of_installation(
    request: Request, viewer: ViewerHere, filters: AuditFilters, db: Db, below: Below = None
) -> Response:
    """What has been done in the whole installation, for admins."""
    audit_filters.require_admin(viewer.user)
    values = await db.aread(lambda session: _trail_values(session, filters, below, "/audit"))
    return pages.render(request, "audit/list.html", viewer, **values)


def _trail_values(session: Session, filters: EntryFilter, below: int | None, base: str) -> Json:
    entries = audit.entries(session, filters, below=below, most=PAGE_ROWS + 1)
    fields = {
        "act": filters.act,
        "by": filters.by,
        "since": filters.since.isoformat() if filters.since else "",
        "until": filters.until.isoformat() if filters.until else "",
        "text": filters.text,
    }
    query = {name: value for name, value in fields.items() if value}
    is_more = len(entries) > PAGE_ROWS
    return {
        "entries": [_row(entry, filters.zone) for entry in entries[:PAGE_ROWS]],
        "acts": [(act, act_words(act)) for act in audit.acts_in(session, filters.competition)],
        "people": audit.people_in(session, filters.competition),
        "command_line": COMMAND_LINE_NAME,
        "filters": fields,
        "zone": filters.zone,
        "base": base,
        "is_first": below is None,
        "first": f"{base}?{urlencode(query)}",
        "older": f"{base}?{urlencode(query | {'below': entries[PAGE_ROWS - 1].id})}" if is_more else None,
        "csv": f"/api{base}.csv?{urlencode(query)}",
        "json_lines": f"/api{base}.jsonl?{urlencode(query)}",
        "is_whole": filters.competition is None,
    }


def _row(entry: Entry, zone: str) -> Json:
    """An entry as the page tells it; what was made says its facts, and not that there were none before."""
    changes = entry.changes if entry.before else []
    facts = entry.details if entry.before else entry.after | entry.details
    return {
        "id": entry.id,
        "at": iso(entry.at),
        "by": entry.by,
        "act": act_words(entry.act),
        "subject": subject_words(entry.subject),
        "where": entry.competition or entry.course,
        "reason": entry.reason,
        "changes": [
            (field_words(name), value_text(before, zone, name), value_text(after, zone, name))
            for name, before, after in changes
        ],
        "facts": [
            (field_words(name), value_text(value, zone, name))
            for name, value in facts.items()
            if value not in EMPTY
        ],
    }


def value_text(value: Any, zone: str, field: str = "") -> str:
    """The value of an entry's field as people read it: times in `zone`, cut where it is long."""
    text = _in_words(value, zone, field)
    if len(text) <= SHOWN_MOST:
        return text
    first = _first_parts(text) if isinstance(text, Joined) else ()
    return joined(joined(*first, between=COMMA) if first else text[:SHOWN_MOST], "…")


def _first_parts(text: Joined) -> tuple[str, ...]:
    """As many parts of a list as there is room for."""
    ends = accumulate(len(part) + len(text.between) for part in text.parts)
    return tuple(part for part, end in zip(text.parts, ends, strict=True) if end <= SHOWN_MOST)


def _in_words(value: Any, zone: str, field: str) -> str:
    if value in EMPTY:
        return NOTHING
    match value:
        case bool():
            return YES if value else NO
        case dict():
            pairs = ((field_words(name), _in_words(each, zone, name)) for name, each in value.items())
            return joined(
                *(Message("{name}: {value}", name=name, value=each) for name, each in pairs), between=COMMA
            )
        case list():
            return joined(*(_in_words(each, zone, field) for each in value), between=COMMA)
        case str() if INSTANT.fullmatch(value):
            return local(value, zone)
        case str():
            return value_words(field, value)
        case _:
            return str(value)
