"""The audit trail over the API: of a competition for its course's staff, of everything for admins."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from server.domain.audit import trail as audit
from server.domain.audit.trail import EntryFilter
from server.http import audit_filters
from server.http.audit_filters import AuditFilters, Format
from server.http.deps import Db, Now, StaffAccess, Viewer
from server.serializers.values import Json

PAGE_MOST = 500
Below = Annotated[int | None, Query(ge=1)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]
router = APIRouter()


@router.get("/competitions/{slug}/audit")
async def of_competition(
    found: StaffAccess, asked: AuditFilters, db: Db, below: Below = None, limit: Limit = 100
) -> Json:
    """The entries of a competition and its course, the newest first; `next` is the next page's `below`."""
    return await _page(db, audit_filters.within_competition(asked, found.competition), below, limit)


@router.get("/competitions/{slug}/audit.{format}")
async def export_of_competition(
    format: Format, found: StaffAccess, asked: AuditFilters, db: Db, now: Now
) -> StreamingResponse:
    """The same as a file: csv or jsonl."""
    wanted = audit_filters.within_competition(asked, found.competition)
    return await audit_filters.export_file(db, wanted, format=format, by=found.actor, now=now)


@router.get("/audit")
async def of_installation(
    who: Viewer, asked: AuditFilters, db: Db, below: Below = None, limit: Limit = 100
) -> Json:
    """Every entry there is, for admins; days are of UTC."""
    audit_filters.require_admin(who.user)
    return await _page(db, asked, below, limit)


@router.get("/audit.{format}")
async def export_of_installation(
    format: Format, who: Viewer, asked: AuditFilters, db: Db, now: Now
) -> StreamingResponse:
    """The same as a file: csv or jsonl."""
    audit_filters.require_admin(who.user)
    return await audit_filters.export_file(db, asked, format=format, by=who.actor, now=now)


async def _page(db: Db, wanted: EntryFilter, below: int | None, limit: int) -> Json:
    found = await db.aread(lambda session: audit.entries(session, wanted, below=below, most=limit + 1))
    return {
        "entries": [audit.as_dict(entry) for entry in found[:limit]],
        "next": found[limit - 1].id if len(found) > limit else None,
    }
