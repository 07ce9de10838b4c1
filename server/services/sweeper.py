"""What a server does on its own every few seconds: grade what was left behind, ring again for due runs, start
the rescores that nobody works on."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

from server.domain.baselines import run_leases
from server.domain.boards import snapshots
from server.domain.rescores import rescore as rescores
from server.services.rescores.start_workers import Background
from server.services.uploads.context import Judge
from server.services.uploads.left_behind import sweep
from server.services.worker_bell import Bell

RING_AGAIN = timedelta(seconds=30)
log = logging.getLogger(__name__)


async def sweep_forever(judge: Judge, bell: Bell, background: Background) -> None:
    """Sweep until cancelled: at once for everything that is unscored, then for what has grown old."""
    age = timedelta()
    while True:
        try:
            loop = asyncio.get_running_loop()
            count = await loop.run_in_executor(judge.keepers, _once, judge, bell, background, age)
            if count:
                log.info("graded submissions that were left behind", extra={"count": count})
        except Exception:  # the database may be away for a while; the next sweep tries again
            log.exception("the sweep failed")
        age = timedelta(seconds=judge.settings.sweep_age_seconds)
        await asyncio.sleep(judge.settings.sweep_seconds)


def _once(judge: Judge, bell: Bell, background: Background, age: timedelta) -> int:
    now = judge.clock()
    take_snapshots(judge)
    for run_id in judge.db.read(lambda session: run_leases.due_ids(session, now=now, older_than=RING_AGAIN)):
        bell.ring(run_id)
    background.tend(judge.db.read(lambda session: rescores.due_ids(session, now=now)))
    return sweep(judge, older_than=age)


def take_snapshots(judge: Judge) -> None:
    """Store both boards of each competition whose deadline has passed."""
    now = judge.clock()
    for each in judge.db.read(lambda session: snapshots.due(session, now=now)):
        judge.db.write(partial(snapshots.take, competition_id=each, now=now), private=True)
