"""The data files of a competition that stands, as its staff add, replace and take them away."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.grading import answer_keys
from server.domain.setup import data_files
from server.domain.setup.data_files import NewFile
from server.http.deps import Db, Now
from server.http.stored_files import send_file
from server.models import AnswerKeyVersion
from server.web.rendering.forms import Acting, chosen_file, field, file_bytes, form_with_files
from server.web.rendering.pages import RuleHere, ViewerHere

FILE_MOST = 300_000_000  # bytes
HERE = "/competitions/{slug}/data/files"
router = APIRouter()


@router.post(HERE, max_body_size=FILE_MOST)
async def put(request: Request, access: RuleHere, viewer: ViewerHere, db: Db, now: Now) -> Response:
    """Add a data file, or replace the one of its name."""
    row = access.competition
    async with form_with_files(request, viewer, max_files=1, max_fields=4) as form:
        data, file = await file_bytes(form, "file", most=FILE_MOST), chosen_file(form, "file")
        name, reason = field(form, "name").strip(), field(form, "reason")
    if data is None or file is None:
        raise Invalid(Message("No file was chosen."))
    name = name or file.filename or ""
    key = await db.aread(lambda session: answer_keys.current_of(session, row.id))
    store = request.app.state.context.store
    new = await asyncio.to_thread(data_files.prepare, store, competition=row, key=key, name=name, data=data)
    await db.awrite(
        lambda session: data_files.put(
            session, new, competition=row, reason=reason, by=viewer.actor, now=now
        ),
        private=True,
    )
    return _back(access)


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
    now: Now,
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Let an earlier version of a data file be handed out again."""
    row, store = access.competition, request.app.state.context.store

    def version_and_key(session: Session) -> tuple[str, str, AnswerKeyVersion]:
        version = data_files.version(session, competition_id=row.id, version_id=version_id)
        return version.name, version.sha256 or "", answer_keys.current_of(session, row.id)

    name, sha256, key = await db.aread(version_and_key)

    def prepare() -> NewFile:
        return data_files.prepare(store, competition=row, key=key, name=name, data=store.read(sha256))

    new = await asyncio.to_thread(prepare)
    await db.awrite(
        lambda session: data_files.put(
            session, new, competition=row, reason=reason, by=viewer.actor, now=now
        ),
        private=True,
    )
    return _back(access)


def _back(access: Access) -> Response:
    return RedirectResponse(f"/competitions/{access.competition.slug}/data#changes", 303)
