"""The audit trail over the API: of a competition for its course's staff, of everything for admins."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from server.domain.audit import trail as audit
from server.domain.audit.trail import EntryFilter
from server.http import audit_filters
from server.http.answers import Answer, api_router, sends
from server.http.audit_filters import AuditFilters, Format
from server.http.deps import Db, NamesAccess, Now, TrailExportAccess, Viewer
from server.http.scopes import OF_STAFF
from server.serializers import audit as audit_json
from server.serializers.audit import EntryPageJson

PAGE_MOST = 500
FILE = sends(*audit_filters.MEDIA.values())
Below = Annotated[int | None, Query(ge=1)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MOST)]
router = api_router("audit")


@router.get("/competitions/{slug}/audit")
async def of_competition(
    access: NamesAccess, filters: AuditFilters, db: Db, below: Below = None, limit: Limit = 100
) -> Answer[EntryPageJson]:
    """The entries of a competition and its course, the newest first."""
    return await _page(db, audit_filters.within_competition(filters, access.competition), below, limit)


@router.get("/competitions/{slug}/audit.{format}", responses=FILE)
async def export_of_competition(
    format: Format, access: TrailExportAccess, filters: AuditFilters, db: Db, now: Now
) -> StreamingResponse:
    """The entries of a competition and its course as a file; taking it is an entry itself."""
    within = audit_filters.within_competition(filters, access.competition)
    return await audit_filters.export_file(db, within, format=format, by=access.actor, now=now)


@router.get("/audit", openapi_extra=OF_STAFF)
async def of_installation(
    viewer: Viewer, filters: AuditFilters, db: Db, below: Below = None, limit: Limit = 100
) -> Answer[EntryPageJson]:
    """Every entry there is, for admins; days are of UTC."""
    audit_filters.require_admin(viewer.user)
    return await _page(db, filters, below, limit)


@router.get("/audit.{format}", responses=FILE, openapi_extra=OF_STAFF)
async def export_of_installation(
    format: Format, viewer: Viewer, filters: AuditFilters, db: Db, now: Now
) -> StreamingResponse:
    """Every entry there is as a file, for admins; taking it is an entry itself."""
    audit_filters.require_admin(viewer.user)
    return await audit_filters.export_file(db, filters, format=format, by=viewer.actor, now=now)


async def _page(db: Db, filters: EntryFilter, below: int | None, limit: int) -> Answer[EntryPageJson]:
    entries = await db.aread(lambda session: audit.entries(session, filters, below=below, most=limit + 1))
    return Answer(audit_json.page(entries, most=limit))
