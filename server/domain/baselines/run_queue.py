"""The queue of baseline runs: which comes when, from how long runs of the same tier took so far.

All competitions share the workers, so the queue is the installation's. A worker counts while the lease of
the run that it trains stands. An estimate, not a promise: runs take as long as they take, and workers come
and go.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.baselines.run_leases import due
from server.domain.baselines.run_needs import usual_seconds
from server.models import BaselineRun, RunState, Tier


@dataclass(frozen=True)
class QueuePlace:
    """Where a waiting run stands; times are seconds from now.

    workers: those at work; with 0 the times count from when one comes.
    """

    position: int  # 1 is next
    starts_in: float
    ends_in: float
    workers: int


@dataclass(frozen=True)
class Queue:
    """All waiting runs by their ids, and what is left of the running ones, in seconds."""

    places: dict[int, QueuePlace]
    left: dict[int, float]


def queue(session: Session, *, now: datetime) -> Queue:
    """The queue as it stands now."""
    rows = session.execute(
        select(BaselineRun, Tier)
        .join(Tier, Tier.id == BaselineRun.tier_id)
        .where(BaselineRun.state.in_((RunState.REQUESTED, RunState.RUNNING)))
        .order_by(BaselineRun.requested_at, BaselineRun.id)
    ).all()
    usual = usual_seconds(session, [tier for _, tier in rows])
    waiting_ids = set(session.scalars(select(BaselineRun.id).where(due(now))))
    remaining = {
        run.id: seconds_left(run, usual=usual[run.tier_id], now=now)
        for run, _ in rows
        if run.id not in waiting_ids
    }
    takes = [(run.id, usual[run.tier_id]) for run, _ in rows if run.id in waiting_ids]
    return Queue(places(takes, busy=list(remaining.values())), remaining)


def places(takes: list[tuple[int, float]], *, busy: list[float]) -> dict[int, QueuePlace]:
    """The places of runs that take so many seconds, in their order, when workers are busy for so long.

    >>> [(place.starts_in, place.ends_in) for place in places([(1, 60.0), (2, 10.0)], busy=[5.0]).values()]
    [(5.0, 65.0), (65.0, 75.0)]
    """
    free_at = [*busy] or [0.0]
    heapq.heapify(free_at)
    places_by_run = {}
    for position, (run_id, seconds) in enumerate(takes, start=1):
        start = heapq.heappop(free_at)
        heapq.heappush(free_at, start + seconds)
        places_by_run[run_id] = QueuePlace(position, start, start + seconds, len(busy))
    return places_by_run


def seconds_left(run: BaselineRun, *, usual: float, now: datetime) -> float:
    """How long a running run goes on: what it last said itself, else what the usual time leaves."""
    reported = run.progress.get("seconds_left")
    if isinstance(reported, int | float):
        return max(0.0, float(reported))
    elapsed = (now - run.started_at).total_seconds() if run.started_at else 0.0
    return max(0.0, usual - elapsed)
