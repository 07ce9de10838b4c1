"""The worker's routes, which are all that its token opens: claim a run, keep the lease, hand in, report."""

from datetime import timedelta
from typing import Annotated

from fastapi import Request, Response
from pydantic import BaseModel, Field, FiniteFloat
from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.baselines import run_leases, run_needs
from server.domain.baselines import runs as baselines
from server.domain.baselines.curves import CurvePoint
from server.domain.baselines.run_needs import Abilities, AskingWorker
from server.domain.baselines.runs import WorkerUpdate
from server.domain.competitions import access as competitions
from server.http.answers import FILE, Answer, Created, api_router, reads, refuses
from server.http.deps import Config, Db, Now, Worker
from server.http.stored_files import send_file
from server.serializers.baselines import baselines as baselines_json
from server.serializers.baselines.baselines import ClaimJson, ClosedRunJson, LeaseJson, PredictionsJson
from server.services.uploads.take import take_baseline

UNLIMITED = 2**40
POINTS_MOST = 1000  # of a curve, in one message
LOG_LIMIT = 5_000_000  # bytes of a message with a log in it
Measured = Annotated[FiniteFloat | None, Field(ge=0)]  # null: the driver does not tell
router = api_router("worker")


class AbilitiesRequest(BaseModel):
    """What a worker's machine has; `card_memory_mb` of its largest card, 0 without one."""

    has_torch: bool
    memory_mb: Annotated[FiniteFloat, Field(ge=0)]
    card_memory_mb: Annotated[FiniteFloat, Field(ge=0)] = 0


class ClaimRequest(BaseModel):
    """Who asks, what it can and for how long, and for which run; without an id any due run that fits."""

    worker: Annotated[str, Field(min_length=1, max_length=200)]
    run_id: int | None = None
    abilities: AbilitiesRequest | None = None
    seconds_most: Annotated[FiniteFloat | None, Field(ge=0)] = None

    def asking(self) -> AskingWorker:
        """The worker that asks."""
        abilities = None if self.abilities is None else Abilities(**self.abilities.model_dump())
        return AskingWorker(self.worker, abilities, self.seconds_most)


class PointRequest(BaseModel):
    """What a tier said after an epoch."""

    epoch: Annotated[FiniteFloat, Field(ge=0)]
    loss: FiniteFloat | None = None
    score: FiniteFloat | None = None


class HeartbeatRequest(BaseModel):
    """A sign of life with what is new."""

    lease_token: str
    progress: dict[str, float | int | str | None] | None = None
    points: Annotated[list[PointRequest], Field(max_length=POINTS_MOST)] = []
    log: str = ""


class ReportRequest(BaseModel):
    """What a run cost, and what it ran on."""

    lease_token: str
    device: str
    seconds: Annotated[float, Field(ge=0)]
    peak_memory_mb: Measured = None
    cpu_count: Annotated[int | None, Field(ge=1)] = None
    gpu_peak_memory_mb: Measured = None
    gpu_utilisation: Measured = None
    gpu_joules: Measured = None
    cpu_joules: Measured = None
    gflops: Measured = None
    versions: dict[str, str] = {}
    log: str = ""


class ReleaseRequest(BaseModel):
    """A worker's last words about a run that it must leave."""

    lease_token: str
    log: str = ""


class FailureRequest(BaseModel):
    """Why a run ended without predictions."""

    lease_token: str
    error: str
    log: str = ""


@router.post("/worker/claim", responses={204: {"description": "Nothing is due."}})
async def claim(
    body: ClaimRequest, worker: Worker, db: Db, config: Config, now: Now
) -> Answer[ClaimJson] | Response:
    """A due run that this worker can do, leased to it, with the files to download; 204 when there is none."""
    lease = timedelta(seconds=config.lease_seconds)

    def lease_one(session: Session) -> ClaimJson | None:
        run = run_leases.claim(session, worker=body.asking(), run_id=body.run_id, lease=lease, now=now)
        if run is None:
            return None
        row = baselines.get(session, run.id)
        files = competitions.files_of(session, run.competition_id)
        return baselines_json.claim(row, files, lease_seconds=config.lease_seconds)

    claimed = await db.awrite(lease_one)
    return Response(status_code=204) if claimed is None else Answer(claimed)


@router.get("/worker/files/{run_id}/{sha256}", responses=FILE)
async def download(run_id: int, sha256: str, worker: Worker, db: Db, request: Request) -> Response:
    """A public file of the run's competition, by its hash; the answer key is not among them."""

    def name_of(session: Session) -> str:
        _, _, competition = baselines.get(session, run_id)
        return run_needs.file_hashed(session, competition_id=competition.id, sha256=sha256).name

    name = await db.aread(name_of)
    return send_file(
        request, file_path=request.app.state.context.store.path(sha256), sha256=sha256, name=name
    )


@router.post("/baseline-runs/{run_id}/heartbeat", max_body_size=LOG_LIMIT)
async def heartbeat(
    run_id: int, body: HeartbeatRequest, worker: Worker, db: Db, config: Config, now: Now
) -> Answer[LeaseJson]:
    """Renew the lease; 409 `lease_lost` tells the worker to stop."""
    points = [CurvePoint(**point.model_dump()) for point in body.points]
    update, lease = WorkerUpdate(body.progress, points, body.log), timedelta(seconds=config.lease_seconds)
    run = await db.awrite(
        lambda session: baselines.heartbeat(
            session, update, run_id=run_id, lease_token=body.lease_token, lease=lease, now=now
        )
    )
    assert run.lease_until is not None
    return Answer({"lease_until": iso(run.lease_until)})


@router.post(
    "/baseline-runs/{run_id}/predictions",
    max_body_size=UNLIMITED,
    responses=refuses(503),
    openapi_extra=reads("text/csv"),
)
async def predictions(
    run_id: int, lease_token: str, request: Request, worker: Worker
) -> Created[PredictionsJson]:
    """Take the body as the baseline's submission and score it."""
    submission = await take_baseline(
        request.app.state.context,
        run_id=run_id,
        lease_token=lease_token,
        user=worker.user,
        stream=request.stream(),
    )
    return Created({"submission_id": submission.id})


@router.post("/baseline-runs/{run_id}/report", max_body_size=LOG_LIMIT)
async def report(run_id: int, body: ReportRequest, worker: Worker, db: Db, now: Now) -> Answer[ClosedRunJson]:
    """End the run: its score becomes the tier's threshold."""
    facts = body.model_dump(exclude={"lease_token", "log"})
    await db.awrite(
        lambda session: baselines.finish(
            session, run_id=run_id, lease_token=body.lease_token, report=facts, log=body.log, now=now
        ),
        private=True,
    )
    return Answer({"id": run_id, "state": "succeeded"})


@router.post("/baseline-runs/{run_id}/release", max_body_size=LOG_LIMIT)
async def release(
    run_id: int, body: ReleaseRequest, request: Request, worker: Worker, db: Db, now: Now
) -> Answer[ClosedRunJson]:
    """Give the run back at once: it waits for the next worker, and the try does not count."""
    await db.awrite(
        lambda session: run_leases.release(
            session, run_id=run_id, lease_token=body.lease_token, log=body.log, now=now
        )
    )
    await request.app.state.bell.ring_all([run_id])
    return Answer({"id": run_id, "state": "requested"})


@router.post("/baseline-runs/{run_id}/failure", max_body_size=LOG_LIMIT)
async def failure(
    run_id: int, body: FailureRequest, worker: Worker, db: Db, now: Now
) -> Answer[ClosedRunJson]:
    """End the run as failed, with its last words."""
    await db.awrite(
        lambda session: baselines.fail(
            session, run_id=run_id, lease_token=body.lease_token, error=body.error, log=body.log, now=now
        )
    )
    return Answer({"id": run_id, "state": "failed"})
