"""Rescores for staff: ask for one, follow it, see what it would change, apply it, undo it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.domain.audit.reasons import REASON_MOST
from server.domain.errors import Invalid
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.domain.rescores.preview import to_csv
from server.http.deps import NO_STORE, Db, Now, StaffAccess
from server.serializers import rescores as shapes_rescores
from server.serializers.values import Json
from server.services.grading.context import GradingContext
from server.services.rescores import acts as rescore_acts
from server.services.rescores.preview_cache import PreviewCache

BODY_MOST = 300_000_000  # bytes of a request with an answer key in it
router = APIRouter()


class Asked(BaseModel):
    """What a rescore shall change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    reason: str
    answer_key: str | None = None  # the CSV file's text
    metric: str | None = None
    metric_arguments: dict[str, Any] | None = None
    metric_file: str | None = None  # metric.py of a custom metric
    higher_is_better: bool | None = None

    def wanted(self) -> KeyChange:
        """The same for the domain."""
        return KeyChange(
            key=None if self.answer_key is None else self.answer_key.encode(),
            metric=self.metric,
            metric_arguments=self.metric_arguments,
            metric_file=None if self.metric_file is None else self.metric_file.encode(),
            higher_is_better=self.higher_is_better,
        )


class ActReason(BaseModel):
    """Why a rescore is applied, undone or cancelled."""

    reason: Annotated[str, Field(max_length=REASON_MOST)]


@router.get("/competitions/{slug}/rescores")
async def listed(found: StaffAccess, db: Db) -> Json:
    """The competition's rescores, the newest first."""
    competition_id = found.competition.id
    return {"rescores": await db.aread(lambda session: shapes_rescores.rescore_list(session, competition_id))}


@router.post("/competitions/{slug}/rescores", status_code=201, max_body_size=BODY_MOST)
async def ask(request: Request, response: Response, found: StaffAccess) -> Json:
    """Check another answer key or metric, and begin to grade by it."""
    context: GradingContext = request.app.state.context
    try:  # read here and not by FastAPI, which would read it before it knows who asks
        asked = Asked.model_validate_json(await request.body())
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise Invalid("The request is not as expected: " + "; ".join(wrong) + ".") from error
    made = await context.in_thread(
        lambda: rescore_acts.start(
            context,
            competition=found.competition,
            change=asked.wanted(),
            reason=asked.reason,
            by=found.actor,
        ),
    )
    shape = await _shape(context, found.competition.id, made.id)
    response.headers["Location"] = shape["url"]
    return shape


@router.get("/competitions/{slug}/rescores/{rescore_id}")
async def one(request: Request, rescore_id: int, found: StaffAccess) -> Json:
    """One rescore with its progress."""
    return await _shape(request.app.state.context, found.competition.id, rescore_id)


@router.get("/competitions/{slug}/rescores/{rescore_id}/preview")
async def preview(request: Request, rescore_id: int, found: StaffAccess) -> Json:
    """What would change, and for whom; of an applied one, what it has changed."""
    looked = await _checked_preview(request, found.competition.id, rescore_id)
    return shapes_rescores.preview(looked.preview, looked.checks)


@router.get("/competitions/{slug}/rescores/{rescore_id}/preview.csv")
async def preview_csv(request: Request, rescore_id: int, found: StaffAccess) -> Response:
    """Every student before and after, changed or not, as a CSV file."""
    looked = await _checked_preview(request, found.competition.id, rescore_id)
    name = f"{found.competition.slug}-rescore-{rescore_id}.csv"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(looked.preview.changes), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/competitions/{slug}/rescores/{rescore_id}/apply")
async def apply(request: Request, rescore_id: int, act: ActReason, found: StaffAccess, now: Now) -> Json:
    """Switch the boards to the new version; everybody may read the reason."""
    context: GradingContext = request.app.state.context
    competition_id = found.competition.id
    await context.in_thread(
        lambda: rescore_acts.apply(
            context,
            competition_id=competition_id,
            rescore_id=rescore_id,
            reason=act.reason,
            by=found.actor,
            now=now,
        ),
    )
    return await _shape(context, competition_id, rescore_id)


@router.post("/competitions/{slug}/rescores/{rescore_id}/undo")
async def undo(
    request: Request, response: Response, rescore_id: int, act: ActReason, found: StaffAccess, now: Now
) -> Json:
    """Switch the boards back; 202 with a rescore back where much has to be graded first."""
    context: GradingContext = request.app.state.context
    competition_id = found.competition.id
    back = await context.in_thread(
        lambda: rescore_acts.undo(
            context,
            competition_id=competition_id,
            rescore_id=rescore_id,
            reason=act.reason,
            by=found.actor,
            now=now,
        ),
    )
    response.status_code = 200 if back is None else 202
    return await _shape(context, competition_id, rescore_id if back is None else back.id)


@router.post("/competitions/{slug}/rescores/{rescore_id}/cancel")
async def cancel(
    request: Request, rescore_id: int, act: ActReason, found: StaffAccess, db: Db, now: Now
) -> Json:
    """Give an open rescore up."""
    await db.awrite(
        lambda session: rescores.cancel(
            session,
            competition=found.competition,
            rescore_id=rescore_id,
            reason=act.reason,
            by=found.actor,
            now=now,
        )
    )
    return await _shape(request.app.state.context, found.competition.id, rescore_id)


async def _shape(context: GradingContext, competition_id: int, rescore_id: int) -> Json:
    return await context.db.aread(
        lambda session: shapes_rescores.one_rescore(
            session, competition_id=competition_id, rescore_id=rescore_id
        )
    )


async def _checked_preview(
    request: Request, competition_id: int, rescore_id: int
) -> rescore_acts.CheckedPreview:
    context: GradingContext = request.app.state.context
    previews: PreviewCache = request.app.state.previews
    return await context.in_thread(
        lambda: previews.checked_preview(competition_id=competition_id, rescore_id=rescore_id)
    )
