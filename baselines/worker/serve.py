"""The worker: claim a baseline run over the web API, train it, hand the predictions in, report what it took.

It sees what a student sees, through the same door. Two modes share run_baseline(): embedded, where serve()
asks the server for due runs, and Celery (celery_app.py), where a message says which run to ask for. In both
the claim is answered from the database, so a message that comes twice, or late, finds nothing to do.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from baselines.homework import HomeworkError, homework_named
from baselines.run import Report, RunFailed, RunStopped, TierRun, limit_seconds, run_tier
from baselines.worker.lease import Lease
from baselines.worker.settings import WorkerSettings
from baselines.worker.shift import Shift
from client.api.client import Api
from client.api.errors import ApiError, ClientError, DamagedDownload, Unreachable
from client.api.types.competitions import Claim, Id, PublicFile
from client.api.types.runs import Abilities
from grader.homeworks.homework_file import HomeworkTier

log = logging.getLogger("splitboard.worker")
# The HTTP library logs every address at INFO, and one of them holds the lease token.
logging.getLogger("httpx2").setLevel(logging.WARNING)
T = TypeVar("T")
IDLE_SECONDS = 1.0  # between two questions for a due run; a claim is one small request
PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30)  # between tries while the server is away: some minutes


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A claimed run on its way through this worker."""

    claim: Claim
    api: Api
    lease: Lease
    settings: WorkerSettings
    stop: threading.Event
    shift: Shift

    @property
    def id(self) -> Id:
        """The run's id."""
        return self.claim.run.id

    @property
    def folder(self) -> Path:
        """Where this errand's files lie until it ends; no other worker on this machine uses it."""
        return self.settings.work_dir / "runs" / f"{self.id}-{os.getpid()}"

    def is_wanted(self) -> bool:
        """Say whether to go on: the run is ours, nobody stops the worker, and its shift has not ended."""
        return self.lease.is_ours() and not self.stop.is_set() and self.shift.seconds_left() != 0

    def ask(self, question: Callable[[], T]) -> T:
        """The server's answer, patiently; RunStopped when it says that the run is no longer ours."""
        try:
            return patiently(question, stop=self.stop)
        except ApiError as refusal:
            if self.lease.notice(refusal):
                raise RunStopped(f"Run {self.id} is no longer ours.") from refusal
            raise


def serve(settings: WorkerSettings, *, stop: threading.Event, shift: Shift | None = None) -> None:
    """Claim due runs and train them, one at a time, until `stop` is set or the shift is over.

    Raises ApiError when the server refuses us for good: the worker token is wrong.
    """
    shift = shift or Shift()
    log.info("worker %s asks %s for baseline runs", settings.name, settings.url)
    with settings.api() as api:
        while not stop.is_set() and not shift.is_over():
            if run_baseline(None, api=api, settings=settings, stop=stop, shift=shift):
                shift.had_a_run()
            else:
                stop.wait(IDLE_SECONDS)
    log.info("worker %s has stopped", settings.name)


def run_baseline(
    run_id: Id | None,
    *,
    api: Api,
    settings: WorkerSettings,
    stop: threading.Event,
    shift: Shift | None = None,
) -> bool:
    """Train the run `run_id`, or whichever is due and fits; False when there was nothing to claim.

    A run that fails is reported as failed. One that `stop` interrupts, or that this machine cannot train, is
    given back at once. One whose lease is lost is left alone: somebody else has it, or will claim it.
    """
    shift = shift or Shift()
    claim = _claimed(run_id, api=api, settings=settings, stop=stop, shift=shift)
    if claim is None:
        return False
    log.info("run %s: %s %s with seed %s", claim.run.id, claim.run.homework, claim.run.tier, claim.run.seed)
    with Lease(api, claim) as lease:
        errand = Errand(claim=claim, api=api, lease=lease, settings=settings, stop=stop, shift=shift)
        is_left = not _done(errand)
    if is_left and lease.is_ours():
        give_back(errand)
    return True


def _claimed(
    run_id: Id | None, *, api: Api, settings: WorkerSettings, stop: threading.Event, shift: Shift
) -> Claim | None:
    def ask() -> Claim | None:
        return api.claim_run(
            worker=settings.name,
            run_id=run_id,
            abilities=settings.abilities,
            seconds_most=shift.seconds_left(),
        )

    try:
        return patiently(ask, stop=stop)
    except RunStopped:
        return None
    except ClientError as fault:
        if will_pass(fault):
            return None  # the run stays due, and its bell rings again
        raise


def _done(errand: Errand) -> bool:
    """Train and hand in; False where the run was left, with nothing told to the server."""
    try:
        hand_in(train(errand), errand)
    except RunStopped as reason:
        log.warning("run %s: left: %s", errand.id, reason)
        return False
    except (RunFailed, HomeworkError, ClientError) as fault:
        hand_in_failure(str(fault), errand)
    except Exception as fault:
        log.exception("run %s: the worker's own fault", errand.id)
        hand_in_failure(f"The worker itself failed: {fault!r}", errand)
    finally:
        shutil.rmtree(errand.folder, ignore_errors=True)
    return True


def give_back(errand: Errand) -> None:
    """Give a run back that we leave, so that another worker has it at once and no try is charged.

    Asked once: whoever told us to stop may not wait. Untold, the lease runs out as a silent worker's does.
    """
    try:
        errand.api.release_run(errand.id, lease_token=errand.lease.token, log=errand.lease.take_log())
        log.info("run %s: given back", errand.id)
    except ClientError as fault:
        log.warning("run %s: could not be given back: %s", errand.id, fault)


def train(errand: Errand) -> tuple[TierRun, Report]:
    """Fetch the public files and train; raises what run_tier raises, or RunFailed when torch is missing."""
    homework = homework_named(errand.claim.run.homework, root=errand.settings.homeworks_dir)
    tier = homework.tier(errand.claim.run.tier)
    require_torch(tier, errand.settings.abilities)
    public = errand.folder / "public"
    for file in errand.claim.files:
        errand.ask(partial(fetch, file, errand, into=public))
    run = TierRun(
        homework=homework,
        tier=tier.name,
        seed=errand.claim.run.seed,
        public=public,
        folder=errand.folder / "scratch",
        limit_seconds=limit_seconds(tier),
    )
    return run, run_tier(run, tell=errand.lease.tell, is_wanted=errand.is_wanted)


def fetch(file: PublicFile, errand: Errand, *, into: Path) -> None:
    """Put one public file at its name below `into`, downloaded only when no earlier run left it in the cache.

    The cache names files by their hash, and each use checks it. Raises DamagedDownload when a download
    differs.
    """
    name = PurePosixPath(file.name)
    if name.is_absolute() or ".." in name.parts:
        raise RunFailed(f"The server names a file '{file.name}', which would lie outside the run's folder.")
    cached = errand.api.download(file, errand.settings.work_dir / "files" / file.sha256)
    place = into / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    os.link(cached, place)


def require_torch(tier: HomeworkTier, abilities: Abilities) -> None:
    """Raise RunFailed when the tier needs torch and this Python has none.

    A server that knows what workers can gives us no such run; one of an earlier version does.
    """
    if tier.needs_torch and not abilities.has_torch:
        raise RunFailed(
            f"The tier {tier.name} needs torch, which is not installed here. Start without --no-torch."
        )


def hand_in(result: tuple[TierRun, Report], errand: Errand) -> None:
    """Post the predictions, then the report that ends the run."""
    run, report = result
    api, token = errand.api, errand.lease.token
    errand.ask(lambda: api.post_predictions(errand.id, lease_token=token, predictions=run.predictions))
    errand.lease.tell_now()
    log_rest = errand.lease.take_log()
    errand.ask(
        lambda: api.post_report(
            errand.id,
            lease_token=token,
            device=report.device,
            seconds=report.seconds,
            peak_memory_mb=report.peak_memory_mb,
            cost=report.cost,
            versions=report.versions,
            log=log_rest,
        )
    )
    log.info("run %s: succeeded after %.1f s on %s", errand.id, report.seconds, report.device)


def hand_in_failure(error: str, errand: Errand) -> None:
    """Tell the server that the run failed, and why; a server that cannot be told will give the run away."""
    log.warning("run %s: failed: %s", errand.id, error.splitlines()[0])
    rest = errand.lease.take_log()
    try:
        errand.ask(
            lambda: errand.api.post_failure(errand.id, lease_token=errand.lease.token, error=error, log=rest)
        )
    except (RunStopped, ClientError) as fault:
        log.warning("run %s: the failure could not be told: %s", errand.id, fault)


def patiently(question: Callable[[], T], *, stop: threading.Event) -> T:
    """The answer; while the server is away or overloaded, ask again for some minutes.

    Raises RunStopped when told to stop meanwhile, the last fault when patience ends, a real refusal at once.
    """
    for pause in PAUSES_SECONDS:
        try:
            return question()
        except ClientError as fault:
            if not will_pass(fault):
                raise
            log.warning("%s Trying again in %s s.", fault, pause)
        if stop.wait(pause):
            raise RunStopped("The worker is told to stop.")
    return question()


def will_pass(fault: ClientError) -> bool:
    """Say whether the same request may succeed a little later."""
    is_overloaded = isinstance(fault, ApiError) and (fault.status >= 500 or fault.status == 429)
    return is_overloaded or isinstance(fault, Unreachable | DamagedDownload)
