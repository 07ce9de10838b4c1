"""What a server does on its own every few seconds.

It grades what was left behind, rings again for due runs, starts the rescores and the launches that nobody
works on, writes the notices whose time has come, and now and then removes notices, and files without a score,
that are no longer kept.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from grader.errors import MetricFailed
from server.domain.baselines import run_leases
from server.domain.boards import snapshots
from server.domain.integrity import nightly
from server.domain.integrity.report_files import IntegrityFiles
from server.domain.notices import notices, timed
from server.domain.rescores import rescore as rescores
from server.domain.setup.drafts import launch
from server.domain.teams import reminders
from server.logs import logger_of
from server.models import Competition
from server.processes.starter import WorkerStarter
from server.services import nightly as nightly_comparison
from server.services.grading.context import GradingContext
from server.services.kaggle import arrivals, bundles
from server.services.privacy import erasure
from server.services.setup import launching
from server.services.uploads.left_behind import sweep
from server.services.worker_bell import Bell
from server.settings import Settings

DROPPED_EVERY = 600.0  # seconds between two looks for files that are no longer kept
RING_AGAIN = timedelta(seconds=30)
log = logger_of(__name__)


@dataclass(frozen=True)
class Background:
    """What this server process has begun in others: rescores, launches of drafts, a nightly comparison."""

    rescores: WorkerStarter
    launches: WorkerStarter
    comparisons: WorkerStarter

    def close(self) -> None:
        """End them all; another server, or the next start, goes on where they stood."""
        self.rescores.close()
        self.launches.close()
        self.comparisons.close()


def background_of(settings: Settings) -> Background:
    """Nothing begun yet."""
    return Background(
        WorkerStarter(settings, module="server.services.rescores.worker", name="the rescore worker of"),
        WorkerStarter(settings, module=launching.MODULE, name="the launch of draft"),
        WorkerStarter(settings, module=nightly_comparison.MODULE, name="the nightly comparison of"),
    )


async def sweep_forever(context: GradingContext, bell: Bell, background: Background) -> None:
    """Sweep until cancelled: at once for everything that is unscored, then for what has grown old."""
    age, look_at = timedelta(), time.monotonic()
    while True:
        try:
            loop = asyncio.get_running_loop()
            count = await loop.run_in_executor(context.keepers, _once, context, bell, background, age)
            if count:
                log.info("graded submissions that were left behind", count=count)
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + DROPPED_EVERY
                await loop.run_in_executor(context.keepers, _drop_unscored, context)
                await loop.run_in_executor(context.keepers, _tidy, context)
        except Exception:  # the database may be away for a while; the next sweep tries again
            log.exception("the sweep failed")
        age = timedelta(seconds=context.settings.sweep_age_seconds)
        await asyncio.sleep(context.settings.sweep_seconds)


async def look_at_walls(context: GradingContext) -> None:
    """Say at the start what the sandbox lacks, where a competition has a metric of its own."""
    has_own = await context.db.aread(
        lambda session: session.scalar(
            select(Competition.id).where(Competition.metric_sha256.is_not(None)).limit(1)
        )
    )
    if has_own is not None:
        with suppress(MetricFailed):  # said in the log, and again to the staff of each file that it concerns
            await context.in_thread(context.keys.require_walls)


def _once(context: GradingContext, bell: Bell, background: Background, age: timedelta) -> int:
    now = context.clock()
    take_snapshots(context)
    write_notices(context)
    for run_id in context.db.read(
        lambda session: run_leases.due_ids(session, now=now, older_than=RING_AGAIN)
    ):
        bell.ring(run_id)
    background.rescores.tend(context.db.read(lambda session: rescores.due_ids(session, now=now)))
    background.launches.tend(context.db.read(lambda session: launch.due_ids(session, now=now)))
    _compare_files(context, background)
    return sweep(context, older_than=age)


def _compare_files(context: GradingContext, background: Background) -> None:
    """Begin tonight's comparison that is due first, unless it runs: so there is one at a time."""
    now, files = context.clock(), IntegrityFiles(context.store.root)
    for each in context.db.read(lambda session: nightly.due(session, now=now))[:1]:
        if files.running_since(each) is None:
            background.comparisons.tend([each])


def write_notices(context: GradingContext) -> None:
    """Write the notices whose time has come: of openings, reveals and deadlines."""
    now = context.clock()
    for event in context.db.read(lambda session: timed.due(session, now=now)):
        context.db.write(partial(timed.write, event=event, now=now))
    for deadline in context.db.read(lambda session: reminders.due(session, now=now)):
        context.db.write(partial(reminders.write, near=deadline, now=now))


def _tidy(context: GradingContext) -> None:
    now = context.clock()
    count = context.db.write(lambda session: notices.tidy(session, now=now))
    if count:
        log.info("removed old notices", count=count)
    arrivals.tidy(context, now=now)
    bundles.tidy(context.settings)


def _drop_unscored(context: GradingContext) -> None:
    count = erasure.drop_unscored(context.db, context.store)
    if count:
        log.info("removed files without a score", count=count)


def take_snapshots(context: GradingContext) -> None:
    """Store both boards of each competition whose deadline has passed."""
    now = context.clock()
    for each in context.db.read(lambda session: snapshots.due(session, now=now)):
        context.db.write(partial(snapshots.take, competition_id=each, now=now), private=True)
