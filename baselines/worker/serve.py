"""The worker: claim a baseline run over the web API, train it, hand the predictions in, report what it took.

It sees what a student sees, through the same door. Two modes share run_baseline(): embedded, where serve()
asks the server for due runs, and Celery (celery_app.py), where a message says which run to ask for. In both
the claim is answered from the database, so a message that comes twice, or late, finds nothing to do.
"""

import importlib.util
import logging
import os
import platform
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from baselines.homework import HOMEWORKS, HomeworkError, homework_named
from baselines.run import Report, RunFailed, RunStopped, TierRun, limit_seconds, run_tier
from baselines.worker.folder import default_folder
from baselines.worker.lease import Lease
from client.api.client import Api
from client.api.errors import ApiError, ClientError, DamagedDownload, Unreachable
from client.api.types.competitions import Claim, Id, PublicFile
from grader.homework_file import HomeworkTier

log = logging.getLogger("splitboard.worker")
# The HTTP library logs every address at INFO, and one of them holds the lease token.
logging.getLogger("httpx2").setLevel(logging.WARNING)
T = TypeVar("T")
IDLE_SECONDS = 1.0  # between two questions for a due run; a claim is one small request
PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 15, 30, 30, 30, 30)  # between tries while the server is away: some minutes
TIMEOUT_SECONDS = 30.0  # patience for one answer


class SettingsError(Exception):
    """An environment variable is missing; the sentence names it."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """Where the server is, who we are, where scratch files and homework folders lie."""

    url: str
    token: str = field(repr=False)
    work_dir: Path
    homeworks_dir: Path
    name: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "WorkerSettings":
        """Read the variables SPLITBOARD_URL, _WORKER_TOKEN, _WORK_DIR and _HOMEWORKS_DIR.

        Raises SettingsError when one of the first two is missing; the others have defaults.
        """
        for name in ("SPLITBOARD_URL", "SPLITBOARD_WORKER_TOKEN"):
            if not environment.get(name):
                raise SettingsError(
                    f"Set {name}: a worker needs the server's address and a worker token (sbw_...)."
                )
        return cls(
            url=environment["SPLITBOARD_URL"],
            token=environment["SPLITBOARD_WORKER_TOKEN"],
            work_dir=Path(environment.get("SPLITBOARD_WORK_DIR") or default_folder(environment)).resolve(),
            homeworks_dir=Path(environment.get("SPLITBOARD_HOMEWORKS_DIR", HOMEWORKS)).resolve(),
            name=f"{platform.node()}:{os.getpid()}",
        )

    def api(self) -> Api:
        """A connection to the server as this worker."""
        return Api(self.url, self.token, timeout=TIMEOUT_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """A claimed run on its way through this worker."""

    claim: Claim
    api: Api
    lease: Lease
    settings: WorkerSettings
    stop: threading.Event

    @property
    def id(self) -> Id:
        """The run's id."""
        return self.claim.run.id

    @property
    def folder(self) -> Path:
        """Where this errand's files lie until it ends; no other worker on this machine uses it."""
        return self.settings.work_dir / "runs" / f"{self.id}-{os.getpid()}"

    def is_wanted(self) -> bool:
        """Say whether to go on: the run is ours and nobody stops the worker."""
        return self.lease.is_ours() and not self.stop.is_set()

    def ask(self, question: Callable[[], T]) -> T:
        """The server's answer, patiently; RunStopped when it says that the run is no longer ours."""
        try:
            return patiently(question, stop=self.stop)
        except ApiError as refusal:
            if self.lease.notice(refusal):
                raise RunStopped(f"Run {self.id} is no longer ours.") from refusal
            raise


def serve(settings: WorkerSettings, *, stop: threading.Event) -> None:
    """Claim due runs and train them, one at a time, until `stop` is set.

    Raises ApiError when the server refuses us for good: the worker token is wrong.
    """
    log.info("worker %s asks %s for baseline runs", settings.name, settings.url)
    with settings.api() as api:
        while not stop.is_set():
            if not run_baseline(None, api=api, settings=settings, stop=stop):
                stop.wait(IDLE_SECONDS)
    log.info("worker %s has stopped", settings.name)


def run_baseline(run_id: Id | None, *, api: Api, settings: WorkerSettings, stop: threading.Event) -> bool:
    """Train the run `run_id`, or whichever is due; False when there was nothing to claim.

    A run that fails is reported as failed. A run whose lease is lost, or that `stop` interrupts, is left
    alone: its lease runs out, and somebody claims it again.
    """
    try:
        claim = patiently(lambda: api.claim_run(worker=settings.name, run_id=run_id), stop=stop)
    except RunStopped:
        return False
    except ClientError as fault:
        if will_pass(fault):
            return False  # the run stays due, and its bell rings again
        raise
    if claim is None:
        return False
    log.info("run %s: %s %s with seed %s", claim.run.id, claim.run.homework, claim.run.tier, claim.run.seed)
    with Lease(api, claim) as lease:
        errand = Errand(claim=claim, api=api, lease=lease, settings=settings, stop=stop)
        try:
            hand_in(train(errand), errand)
        except RunStopped as reason:
            log.warning("run %s: left alone: %s", errand.id, reason)
        except (RunFailed, HomeworkError, ClientError) as fault:
            hand_in_failure(str(fault), errand)
        except Exception as fault:
            log.exception("run %s: the worker's own fault", errand.id)
            hand_in_failure(f"The worker itself failed: {fault!r}", errand)
        finally:
            shutil.rmtree(errand.folder, ignore_errors=True)
    return True


def train(errand: Errand) -> tuple[TierRun, Report]:
    """Fetch the public files and train; raises what run_tier raises, or RunFailed when torch is missing."""
    homework = homework_named(errand.claim.run.homework, root=errand.settings.homeworks_dir)
    tier = homework.tier(errand.claim.run.tier)
    require_torch(tier)
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


def require_torch(tier: HomeworkTier) -> None:
    """Raise RunFailed when the tier needs torch and this Python has none."""
    if tier.needs_torch and importlib.util.find_spec("torch") is None:
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
