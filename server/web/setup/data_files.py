"""The data files of a competition that stands, as its staff add, replace and take them away."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from server.domain.competitions.access import Access
from server.domain.files.file_store import StoredFile
from server.domain.grading import answer_keys
from server.domain.setup import data_files
from server.http.deps import Db, Identity, Now
from server.http.stored_files import send_file
from server.web.rendering.forms import Acting, chosen_file, field, form_with_files
from server.web.rendering.pages import RuleHere, ViewerHere
from server.web.setup.drafts.page import FILE_MOST, required_file

HERE = "/competitions/{slug}/data/files"
router = APIRouter()


@router.post(HERE, max_body_size=FILE_MOST)
async def put(request: Request, access: RuleHere, viewer: ViewerHere) -> Response:
    """Add a data file, or replace the one of its name."""
    store = request.app.state.context.store
    async with form_with_files(request, viewer, max_files=1, max_fields=4) as form:
        data, file = await required_file(form, "file"), chosen_file(form, "file")
        name, reason = field(form, "name").strip(), field(form, "reason")
    name = name or (file.filename if file is not None and file.filename else "")
    stored = await asyncio.to_thread(data_files.stored, store, name=name, data=data)
    return await _hand_out(request, access, viewer, name, stored, reason=reason)


@router.post(f"{HERE}/removal")
async def remove(
    access: RuleHere,
    viewer: Acting,
    db: Db,
    now: Now,
    name: Annotated[str, Form(max_length=1000)] = "",
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Take a data file away."""
    await db.awrite(
        lambda session: data_files.remove(
            session, name, competition=access.competition, reason=reason, by=viewer.actor, now=now
        )
    )
    return _back(access)


@router.get(f"{HERE}/{{version_id}}")
async def earlier(version_id: int, request: Request, access: RuleHere, db: Db) -> Response:
    """The bytes of one version of a data file."""
    of = access.competition.id
    row = await db.aread(
        lambda session: data_files.version(session, competition_id=of, version_id=version_id)
    )
    path = request.app.state.context.store.path(row.sha256)
    return send_file(request, file_path=path, sha256=row.sha256 or "", name=row.name)


@router.post(f"{HERE}/{{version_id}}")
async def take_again(
    version_id: int,
    request: Request,
    access: RuleHere,
    viewer: Acting,
    db: Db,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Let an earlier version of a data file be handed out again."""
    of = access.competition.id
    row = await db.aread(
        lambda session: data_files.version(session, competition_id=of, version_id=version_id)
    )
    file = StoredFile(row.sha256 or "", row.size)
    return await _hand_out(request, access, viewer, row.name, file, reason=reason)


async def _hand_out(
    request: Request, access: Access, viewer: Identity, name: str, file: StoredFile, *, reason: str
) -> Response:
    """Let a stored file be handed out under this name from now on."""
    context, row = request.app.state.context, access.competition
    key = await context.db.aread(lambda session: answer_keys.current_of(session, row.id))
    new = await asyncio.to_thread(
        data_files.checked, context.store, competition=row, key=key, name=name, file=file
    )
    now = context.clock()
    await context.db.awrite(
        lambda session: data_files.put(
            session, new, competition=row, reason=reason, by=viewer.actor, now=now
        ),
        private=True,
    )
    return _back(access)


def _back(access: Access) -> Response:
    return RedirectResponse(f"/competitions/{access.competition.slug}/data#changes", 303)
