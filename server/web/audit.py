"""The audit trail as a page with filters: of a competition for its staff, of everything for admins."""

import re
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.audit import trail as audit
from server.domain.audit.trail import COMMAND_LINE_NAME, Entry, EntryFilter
from server.http import audit_filters
from server.http.audit_filters import AuditFilters
from server.http.deps import Db
from server.serializers.values import Json
from server.web.rendering import pages
from server.web.rendering.filters import NOTHING, local, rule_word
from server.web.rendering.pages import StaffHere, ViewerHere

PAGE_ROWS = 50
SHOWN_MOST = 300  # characters of one value; the export has all
EMPTY: tuple[Any, ...] = (None, "", [], {})
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
Below = Annotated[int | None, Query(ge=1)]
router = APIRouter()


@router.get("/competitions/{slug}/audit")
async def of_competition(
    request: Request,
    access: StaffHere,
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
        "acts": audit.acts_in(session, filters.competition),
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
        "act": entry.act.replace("_", " "),
        "subject": entry.subject,
        "where": entry.competition or entry.course,
        "reason": entry.reason,
        "changes": [
            (rule_word(name), value_text(before, zone), value_text(after, zone))
            for name, before, after in changes
        ],
        "facts": [
            (rule_word(name), value_text(value, zone)) for name, value in facts.items() if value not in EMPTY
        ],
    }


def value_text(value: Any, zone: str) -> str:
    """A value of an entry as people read it: times in `zone`, cut where it is long."""
    text = _in_words(value, zone)
    return text if len(text) <= SHOWN_MOST else f"{text[:SHOWN_MOST]} …"


def _in_words(value: Any, zone: str) -> str:
    if value in EMPTY:
        return NOTHING
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{rule_word(name)}: {_in_words(each, zone)}" for name, each in value.items())
        case list():
            return ", ".join(_in_words(each, zone) for each in value)
        case str() if INSTANT.fullmatch(value):
            return local(value, zone)
        case _:
            return str(value)
