"""Rescores for staff: another answer key or metric, followed, previewed, applied, undone."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from grader.messages import Message
from grader.metrics import METRICS
from grader.spec import CUSTOM
from server.domain.competitions.access import Access
from server.domain.errors import Invalid
from server.domain.grading import answer_keys
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.http.deps import Db, Now
from server.models import Rescore
from server.serializers import rescores as rescores_json
from server.serializers.rescores import PreviewJson
from server.serializers.values import Json
from server.services.grading.context import GradingContext
from server.services.rescores import acts as rescore_acts
from server.services.rescores.preview_cache import PreviewCache
from server.web.rendering import pages
from server.web.rendering.forms import Acting, field, file_bytes, form_with_files
from server.web.rendering.pages import RescoreHere, ViewerHere

BODY_MOST = 300_000_000  # bytes of a form with an answer key in it
PAGE_ROWS = 100
HAS_PREVIEW = ("ready", "applied", "undone")
HIGHER, LOWER = "higher", "lower"  # what the form says of the direction; anything else keeps it
router = APIRouter()


@router.get("/competitions/{slug}/rescores")
async def listed(request: Request, access: RescoreHere, viewer: ViewerHere, db: Db) -> Response:
    """The form that asks for a rescore, and all rescores with their progress."""
    values = await db.aread(lambda session: _rescore_list_values(session, access))
    return pages.render(request, "rescores/list.html", viewer, **values)


def _rescore_list_values(session: Session, access: Access) -> Json:
    row = access.competition
    current = answer_keys.current_of(session, row.id)
    entries = rescores_json.rescore_list(session, row.id)
    return {
        "rescores": entries,
        "has_grading": any(each["state"] == "grading" for each in entries),
        "has_open": any(each["is_open"] for each in entries),
        "current": rescores_json.version(current),
        "arguments": json.dumps(current.metric_arguments) if current.metric_arguments else "",
        "metrics": sorted([*METRICS, CUSTOM]),
        "has_ladder": row.ladder_step is not None,
    }


@router.post("/competitions/{slug}/rescores", max_body_size=BODY_MOST)
async def ask(request: Request, access: RescoreHere, viewer: ViewerHere) -> Response:
    """Check another answer key or metric, and begin to grade by it."""
    context: GradingContext = request.app.state.context
    async with form_with_files(request, viewer, max_files=2, max_fields=6) as form:
        change, reason = await _change_in(form), field(form, "reason")
    rescore: Rescore = await context.in_thread(
        lambda: rescore_acts.start(
            context, competition=access.competition, change=change, reason=reason, by=access.actor
        )
    )
    return RedirectResponse(f"/competitions/{access.competition.slug}/rescores/{rescore.id}", 303)


async def _change_in(form: FormData) -> KeyChange:
    direction = field(form, "direction")
    return KeyChange(
        key=await file_bytes(form, "answer_key", most=BODY_MOST),
        metric=field(form, "metric") or None,
        metric_arguments=_arguments(field(form, "metric_arguments")),
        metric_file=await file_bytes(form, "metric_file", most=BODY_MOST),
        higher_is_better=None if direction not in (HIGHER, LOWER) else direction == HIGHER,
    )


def _arguments(text: str) -> dict[str, Any] | None:
    """The metric's settings as the form gives them: JSON; None for nothing."""
    if not text.strip():
        return None
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise Invalid(
            Message('The metric\'s settings are not JSON, such as {{"k": 5}}: {error}.', error=str(error))
        ) from error
    if not isinstance(settings, dict):
        raise Invalid(Message('The metric\'s settings must be a JSON object, such as {"k": 5}.'))
    return settings


@router.get("/competitions/{slug}/rescores/{rescore_id}")
async def one(
    request: Request,
    rescore_id: int,
    access: RescoreHere,
    viewer: ViewerHere,
    db: Db,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """One rescore: progress, then what it would change and for whom, and the buttons."""
    competition_id = access.competition.id
    shape = await db.aread(
        lambda session: rescores_json.one_rescore(
            session, competition_id=competition_id, rescore_id=rescore_id
        )
    )
    values: Json = {"rescore": shape, "preview": None, "page": 1, "pages": 1, "decimals": 4}
    if shape["state"] in HAS_PREVIEW:
        context: GradingContext = request.app.state.context
        previews: PreviewCache = request.app.state.previews
        checked_preview = await context.in_thread(
            lambda: previews.checked_preview(competition_id=competition_id, rescore_id=rescore_id)
        )
        values |= _preview_values(
            rescores_json.preview(checked_preview.preview, checked_preview.checks), page
        )
        values["decimals"] = await db.aread(lambda session: rescores_json.decimals(session, competition_id))
    return pages.render(request, "rescores/show.html", viewer, **values)


def _preview_values(preview: PreviewJson, page: int) -> Json:
    changes = [each for each in preview["changes"] if each["kind"] == "student"]
    last = max(1, -(-len(changes) // PAGE_ROWS))
    page = min(page, last)
    rows = changes[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return {"preview": {**preview, "changes": rows}, "page": page, "pages": last}


@router.post("/competitions/{slug}/rescores/{rescore_id}/apply")
async def apply(
    request: Request,
    rescore_id: int,
    access: RescoreHere,
    viewer: Acting,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Switch the boards to the new version."""
    context: GradingContext = request.app.state.context
    competition_id, by = access.competition.id, access.actor
    await context.in_thread(
        lambda: rescore_acts.apply(
            context, competition_id=competition_id, rescore_id=rescore_id, reason=reason, by=by, now=now
        )
    )
    return _back(access, rescore_id)


@router.post("/competitions/{slug}/rescores/{rescore_id}/undo")
async def undo(
    request: Request,
    rescore_id: int,
    access: RescoreHere,
    viewer: Acting,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Switch the boards back, or begin the rescore back where much has to be graded first."""
    context: GradingContext = request.app.state.context
    competition_id, by = access.competition.id, access.actor
    back: Rescore | None = await context.in_thread(
        lambda: rescore_acts.undo(
            context, competition_id=competition_id, rescore_id=rescore_id, reason=reason, by=by, now=now
        )
    )
    return _back(access, rescore_id if back is None else back.id)


@router.post("/competitions/{slug}/rescores/{rescore_id}/cancel")
async def cancel(
    rescore_id: int,
    access: RescoreHere,
    viewer: Acting,
    db: Db,
    now: Now,
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Give an open rescore up."""
    await db.awrite(
        lambda session: rescores.cancel(
            session,
            competition=access.competition,
            rescore_id=rescore_id,
            reason=reason,
            by=access.actor,
            now=now,
        )
    )
    return _back(access, rescore_id)


def _back(access: Access, rescore_id: int) -> Response:
    return RedirectResponse(f"/competitions/{access.competition.slug}/rescores/{rescore_id}", 303)
