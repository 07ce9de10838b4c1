"""Baseline runs and thresholds, as the web API tells of them. Pages use the same dictionaries."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from pydantic import ConfigDict
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.baselines import curves, run_needs, run_queue, thresholds
from server.domain.baselines import runs as baselines
from server.domain.baselines.run_queue import Queue, QueuePlace
from server.domain.boards import leaderboard
from server.domain.submissions import submit as submissions
from server.models import BaselineRun, Competition, CompetitionFile, Tier
from server.serializers.values import FileJson, Time, file, iso_or_none, rounded

RunRow = tuple[BaselineRun, Tier, Competition]


class ProgressJson(TypedDict, total=False):
    """How far a training has come, as its worker says; more may stand in it."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic reads it here

    epoch: float | None
    epochs: float | None
    loss: float | None
    score: float | None
    seconds_left: float | None


class PlaceJson(TypedDict):
    """Where a waiting run stands: 1 is next. Times are estimates in seconds from now."""

    position: int
    starts_in: float
    ends_in: float
    workers: int


class PointJson(TypedDict):
    """A point of a curve: what a tier said after an epoch."""

    epoch: float
    loss: float | None
    score: float | None


class RunJson(TypedDict):
    """A baseline run for staff, with both scores and what it cost; null is what no driver told."""

    id: int
    url: str
    competition: str
    homework: str
    tier: str
    seed: int
    state: str
    requested_at: Time
    started_at: Time | None
    finished_at: Time | None
    attempts: int
    worker: str
    device: str
    progress: ProgressJson
    queue: PlaceJson | None
    needs: str
    seconds_left: float | None
    seconds: float | None
    peak_memory_mb: float | None
    cpu_count: int | None
    gpu_peak_memory_mb: float | None
    gpu_utilisation: float | None
    gpu_joules: float | None
    cpu_joules: float | None
    gflops: float | None
    versions: dict[str, str]
    public_score: float | None
    private_score: float | None
    error: str


class WholeRunJson(RunJson):
    """A run with its log and its curve."""

    log: str
    curve: list[PointJson]


class RunListJson(TypedDict):
    """Runs of one competition."""

    runs: list[RunJson]


class ThresholdJson(TypedDict):
    """How a tier's threshold stands: its rule, the runs that count, those whose scores it is."""

    tier: str
    rule: str
    run_id: int | None
    words: str
    counted: list[int]
    public: float | None
    private: float | None
    public_run: int | None
    private_run: int | None


class ThresholdListJson(TypedDict):
    """The thresholds of a competition's tiers."""

    thresholds: list[ThresholdJson]


class ClaimedRunJson(TypedDict):
    """What a worker needs to know of its run."""

    id: int
    tier: str
    seed: int
    homework: str
    competition: str


class ClaimJson(TypedDict):
    """A run that is one worker's until its lease runs out, with the files to download."""

    run: ClaimedRunJson
    lease_token: str
    lease_seconds: float
    files: list[FileJson]


class LeaseJson(TypedDict):
    """Until when a lease runs."""

    lease_until: Time


class PredictionsJson(TypedDict):
    """The submission that predictions became."""

    submission_id: int


class ClosedRunJson(TypedDict):
    """A run that has ended; no scores, because a worker sees none."""

    id: int
    state: str


def _run(row: RunRow, *, public: float | None, private: float | None, queue: Queue) -> RunJson:
    run, tier, competition = row
    return {
        "id": run.id,
        "url": f"/api/baseline-runs/{run.id}",
        "competition": competition.slug,
        "homework": competition.homework,
        "tier": tier.name.value,
        "seed": run.seed,
        "state": run.state.value,
        "requested_at": iso(run.requested_at),
        "started_at": iso_or_none(run.started_at),
        "finished_at": iso_or_none(run.finished_at),
        "attempts": run.attempts,
        "worker": run.worker,
        "device": run.device,
        "progress": cast(ProgressJson, run.progress),  # stored as the worker told it
        "queue": _place(queue.places.get(run.id)),
        "needs": run_needs.words_of(tier),
        "seconds_left": queue.left.get(run.id),
        "seconds": run.seconds,
        "peak_memory_mb": run.peak_memory_mb,
        "cpu_count": run.cpu_count,
        "gpu_peak_memory_mb": run.gpu_peak_memory_mb,
        "gpu_utilisation": run.gpu_utilisation,
        "gpu_joules": run.gpu_joules,
        "cpu_joules": run.cpu_joules,
        "gflops": run.gflops,
        "versions": run.versions,
        "public_score": public,
        "private_score": private,
        "error": run.error,
    }


def _place(place: QueuePlace | None) -> PlaceJson | None:
    if place is None:
        return None
    return {
        "position": place.position,
        "starts_in": place.starts_in,
        "ends_in": place.ends_in,
        "workers": place.workers,
    }


def runs(session: Session, rows: Sequence[RunRow], *, now: datetime) -> list[RunJson]:
    """Baseline runs of one competition with their scores; the session must see private scores."""
    if not rows:
        return []
    competition = rows[0][2]
    ids = [run.submission_id for run, _, _ in rows if run.submission_id is not None]
    decimals = leaderboard.shown(session, competition)
    public = submissions.public_scores(session, competition=competition, ids=ids)
    private = submissions.private_scores(session, competition=competition, ids=ids)
    has_active = any(run.state in baselines.ACTIVE for run, _, _ in rows)
    queue = run_queue.queue(session, now=now) if has_active else Queue({}, {})
    return [
        _run(
            row,
            public=rounded(public.get(row[0].submission_id or 0), decimals),
            private=rounded(private.get(row[0].submission_id or 0), decimals),
            queue=queue,
        )
        for row in rows
    ]


def whole_run(session: Session, row: RunRow, *, now: datetime) -> WholeRunJson:
    """One run with its log and its curve; the session must see private scores."""
    return {**runs(session, [row], now=now)[0], "log": row[0].log, "curve": curve(row[0])}


def curve(run: BaselineRun) -> list[PointJson]:
    """The points of a run's curve, in order."""
    return [
        {"epoch": point.epoch, "loss": point.loss, "score": point.score}
        for point in curves.points_of(run.curve)
    ]


def claim(row: RunRow, files: list[CompetitionFile], *, lease_seconds: float) -> ClaimJson:
    """A run for the worker that has just leased it; its files stand at addresses that its token opens."""
    run, tier, competition = row
    assert run.lease_token is not None
    return {
        "run": {
            "id": run.id,
            "tier": tier.name.value,
            "seed": run.seed,
            "homework": competition.homework,
            "competition": competition.slug,
        },
        "lease_token": run.lease_token,
        "lease_seconds": lease_seconds,
        "files": [
            {**file(each, slug=competition.slug), "url": f"/api/worker/files/{run.id}/{each.sha256}"}
            for each in files
        ],
    }


def thresholds_of(session: Session, competition: Competition) -> list[ThresholdJson]:
    """How each tier's threshold stands, for staff; the session must see private scores."""
    decimals = leaderboard.shown(session, competition)
    words = thresholds.words_of(session, competition.id)
    return [
        {
            "tier": each.tier.name.value,
            "rule": each.rule.value,
            "run_id": each.run_id,
            "words": words[each.tier.name],
            "counted": list(each.counted),
            "public": rounded(each.public, decimals),
            "private": rounded(each.private, decimals),
            "public_run": each.public_run,
            "private_run": each.private_run,
        }
        for each in thresholds.of_competition(session, competition.id)
    ]
