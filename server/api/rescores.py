"""Rescores for staff: ask for one, follow it, see what it would change, apply it, undo it."""

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.domain.audit.reasons import REASON_MOST
from server.domain.errors import Malformed
from server.domain.grading import answer_keys
from server.domain.grading.answer_keys import KeyChange
from server.domain.rescores import rescore as rescores
from server.domain.rescores.preview import to_csv
from server.http.answers import Accepted, Answer, Created, api_router, reads, refuses, sends
from server.http.deps import NO_STORE, Db, Now, RescoreAccess
from server.serializers import rescores as rescores_json
from server.serializers.rescores import PreviewJson, RescoreJson, RescoreListJson
from server.services.grading.context import GradingContext
from server.services.rescores import acts as rescore_acts
from server.services.rescores.preview_cache import PreviewCache

BODY_MOST = 300_000_000  # bytes of a request with an answer key in it
router = api_router("rescores")


class RescoreRequest(BaseModel):
    """What a rescore shall change; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    reason: str
    answer_key: str | None = None  # the CSV file's text
    metric: str | None = None
    metric_arguments: dict[str, Any] | None = None
    metric_file: str | None = None  # metric.py of a custom metric
    higher_is_better: bool | None = None

    def as_change(self) -> KeyChange:
        """The same for the domain."""
        return KeyChange(
            key=None if self.answer_key is None else self.answer_key.encode(),
            metric=self.metric,
            metric_arguments=self.metric_arguments,
            metric_file=None if self.metric_file is None else self.metric_file.encode(),
            higher_is_better=self.higher_is_better,
        )


class ReasonRequest(BaseModel):
    """Why a rescore is applied, undone or cancelled."""

    reason: Annotated[str, Field(max_length=REASON_MOST)]


@router.get("/competitions/{slug}/rescores")
async def listed(access: RescoreAccess, db: Db) -> Answer[RescoreListJson]:
    """The competition's rescores, the newest first."""
    competition_id = access.competition.id
    rows = await db.aread(lambda session: rescores_json.rescore_list(session, competition_id))
    return Answer({"rescores": rows})


@router.post(
    "/competitions/{slug}/rescores",
    max_body_size=BODY_MOST,
    openapi_extra=reads("application/json", RescoreRequest.model_json_schema()),
)
async def start(request: Request, access: RescoreAccess) -> Created[RescoreJson]:
    """Check another answer key or metric, and begin to grade by it."""
    context: GradingContext = request.app.state.context
    try:  # read here and not by FastAPI, which would read it before it knows who asks
        body = RescoreRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise Malformed(error.errors()) from error
    rescore = await context.in_thread(
        lambda: rescore_acts.start(
            context,
            competition=access.competition,
            change=body.as_change(),
            reason=body.reason,
            by=access.actor,
        ),
    )
    shape = await _rescore(context, access.competition.id, rescore.id)
    return Created(shape, at=shape["url"])


@router.get("/competitions/{slug}/answer-key.csv", responses=sends("text/csv"))
async def answer_key(request: Request, access: RescoreAccess, db: Db, now: Now) -> Response:
    """The present answer key as it came, so that it can be corrected; who takes it is on the record."""
    context: GradingContext = request.app.state.context
    row = access.competition
    current = await db.aread(lambda session: answer_keys.current_of(session, row.id))
    await db.awrite(
        lambda session: answer_keys.record_download(session, competition=row, by=access.actor, now=now)
    )
    data: bytes = await context.in_thread(lambda: context.store.read(current.sha256))
    name = f"{row.slug}-answer-key-{current.version}.csv"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/competitions/{slug}/rescores/{rescore_id}")
async def one(request: Request, rescore_id: int, access: RescoreAccess) -> Answer[RescoreJson]:
    """One rescore with its progress."""
    return Answer(await _rescore(request.app.state.context, access.competition.id, rescore_id))


@router.get("/competitions/{slug}/rescores/{rescore_id}/preview", responses=refuses(409))
async def preview(request: Request, rescore_id: int, access: RescoreAccess) -> Answer[PreviewJson]:
    """What would change, and for whom; of an applied one, what it has changed."""
    result = await _preview(request, access.competition.id, rescore_id)
    return Answer(rescores_json.preview(result.preview, result.checks))


@router.get(
    "/competitions/{slug}/rescores/{rescore_id}/preview.csv", responses=sends("text/csv") | refuses(409)
)
async def preview_csv(request: Request, rescore_id: int, access: RescoreAccess) -> Response:
    """Every student before and after, changed or not, as a CSV file."""
    result = await _preview(request, access.competition.id, rescore_id)
    name = f"{access.competition.slug}-rescore-{rescore_id}.csv"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(result.preview.changes), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/competitions/{slug}/rescores/{rescore_id}/apply")
async def apply(
    request: Request, rescore_id: int, body: ReasonRequest, access: RescoreAccess, now: Now
) -> Answer[RescoreJson]:
    """Switch the boards to the new version; everybody may read the reason."""
    context: GradingContext = request.app.state.context
    competition_id = access.competition.id
    await context.in_thread(
        lambda: rescore_acts.apply(
            context,
            competition_id=competition_id,
            rescore_id=rescore_id,
            reason=body.reason,
            by=access.actor,
            now=now,
        ),
    )
    return Answer(await _rescore(context, competition_id, rescore_id))


@router.post("/competitions/{slug}/rescores/{rescore_id}/undo")
async def undo(
    request: Request, rescore_id: int, body: ReasonRequest, access: RescoreAccess, now: Now
) -> Answer[RescoreJson] | Accepted[RescoreJson]:
    """Switch the boards back; 202 with a rescore back where much has to be graded first."""
    context: GradingContext = request.app.state.context
    competition_id = access.competition.id
    back = await context.in_thread(
        lambda: rescore_acts.undo(
            context,
            competition_id=competition_id,
            rescore_id=rescore_id,
            reason=body.reason,
            by=access.actor,
            now=now,
        ),
    )
    if back is None:
        return Answer(await _rescore(context, competition_id, rescore_id))
    return Accepted(await _rescore(context, competition_id, back.id))


@router.post("/competitions/{slug}/rescores/{rescore_id}/cancel")
async def cancel(
    request: Request, rescore_id: int, body: ReasonRequest, access: RescoreAccess, db: Db, now: Now
) -> Answer[RescoreJson]:
    """Give an open rescore up."""
    await db.awrite(
        lambda session: rescores.cancel(
            session,
            competition=access.competition,
            rescore_id=rescore_id,
            reason=body.reason,
            by=access.actor,
            now=now,
        )
    )
    return Answer(await _rescore(request.app.state.context, access.competition.id, rescore_id))


async def _rescore(context: GradingContext, competition_id: int, rescore_id: int) -> RescoreJson:
    return await context.db.aread(
        lambda session: rescores_json.one_rescore(
            session, competition_id=competition_id, rescore_id=rescore_id
        )
    )


async def _preview(request: Request, competition_id: int, rescore_id: int) -> rescore_acts.CheckedPreview:
    context: GradingContext = request.app.state.context
    previews: PreviewCache = request.app.state.previews
    return await context.in_thread(
        lambda: previews.checked_preview(competition_id=competition_id, rescore_id=rescore_id)
    )
