"""Leases of baseline runs: which run is due, and whose words about it count.

A lease names the worker whose words count: each of its messages carries the lease token, and a message with
an old token is refused. A worker that falls silent loses the lease, and the run is due again.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from grader.messages import Message
from server.domain.baselines import failures
from server.domain.baselines.run_needs import AskingWorker, doable
from server.domain.errors import Conflict, NotFound
from server.models import BaselineRun, RunState, Tier

LOG_MOST = 200_000  # characters of a run's log that are kept, its end
MOST_ATTEMPTS = 3  # a run that loses its worker so often is parked as failed


def claim(
    session: Session, *, worker: AskingWorker, run_id: int | None, lease: timedelta, now: datetime
) -> BaselineRun | None:
    """A due run that `worker` can do, now leased to it; None when there is none, or this `run_id` is not.

    Due is what was requested, and what runs under a lease that has run out. Conditional on the state it was
    read in, so that of two workers one gets it.
    """
    park_lost(session, now=now)
    is_due = due(now)
    query = (
        select(BaselineRun)
        .join(Tier, Tier.id == BaselineRun.tier_id)
        .where(is_due, *doable(session, worker=worker))
        .order_by(BaselineRun.requested_at, BaselineRun.id)
    )
    if run_id is not None:
        query = query.where(BaselineRun.id == run_id)
    for run in session.scalars(query.limit(8)):
        claimed = session.scalar(
            update(BaselineRun)
            .where(BaselineRun.id == run.id, is_due)
            .values(
                state=RunState.RUNNING,
                lease_token=secrets.token_urlsafe(32),
                lease_until=now + lease,
                worker=worker.name[:200],
                started_at=now,
                attempts=BaselineRun.attempts + 1,
                progress={},
                curve=[],
                submission_id=None,
            )
            .returning(BaselineRun.id)
            .execution_options(synchronize_session=False)
        )
        if claimed is not None:
            session.refresh(run)
            return run
    return None


def release(session: Session, *, run_id: int, lease_token: str, log: str, now: datetime) -> BaselineRun:
    """Give a run back that its worker must leave: it is due at once, and the try does not count.

    Only silence counts: a worker that is told to stop says so, and may be told so often. Conflict
    `lease_lost` when the run is the worker's no longer.
    """
    run = leased(session, run_id=run_id, lease_token=lease_token)
    run.log = (run.log + log + f"\nGiven back by {run.worker}, which was told to stop.\n")[-LOG_MOST:]
    run.state = RunState.REQUESTED
    run.lease_token = run.lease_until = run.started_at = None
    run.attempts -= 1
    run.worker, run.progress, run.curve = "", {}, []
    session.flush()
    return run


def due(now: datetime) -> ColumnElement[bool]:
    """The condition of a run that a worker may claim now."""
    return or_(
        BaselineRun.state == RunState.REQUESTED,
        (BaselineRun.state == RunState.RUNNING) & (BaselineRun.lease_until <= now),
    )


def park_lost(session: Session, *, now: datetime) -> None:
    """Give up runs that have lost their worker too often.

    A tier that kills each worker must not kill the next.
    """
    lost = session.scalars(
        update(BaselineRun)
        .where(
            BaselineRun.state == RunState.RUNNING,
            BaselineRun.lease_until <= now,
            BaselineRun.attempts >= MOST_ATTEMPTS,
        )
        .values(
            state=RunState.FAILED,
            lease_token=None,
            lease_until=None,
            finished_at=now,
            error=Message(
                "The worker fell silent {count} times. See the log for the last thing it said.",
                count=MOST_ATTEMPTS,
            ),
        )
        .returning(BaselineRun.id)
        .execution_options(synchronize_session=False)
    ).all()
    if lost:
        failures.notify_staff(session, run_ids=lost, now=now)


def due_ids(session: Session, *, now: datetime, older_than: timedelta) -> list[int]:
    """The runs that have been due for so long: their bell was lost, or their worker was."""
    return list(
        session.scalars(
            select(BaselineRun.id).where(
                or_(
                    (BaselineRun.state == RunState.REQUESTED)
                    & (BaselineRun.requested_at <= now - older_than),
                    (BaselineRun.state == RunState.RUNNING) & (BaselineRun.lease_until <= now),
                )
            )
        )
    )


def leased(session: Session, *, run_id: int, lease_token: str) -> BaselineRun:
    """The run, if this token holds its lease; raises Conflict `lease_lost`, NotFound for no such run."""
    run = session.scalar(select(BaselineRun).where(BaselineRun.id == run_id).with_for_update())
    if run is None:
        raise NotFound(Message("There is no baseline run {run_id}.", run_id=run_id))
    if run.state is not RunState.RUNNING or run.lease_token != lease_token:
        raise Conflict(
            Message(
                "Run {run_id} is no longer yours: its lease ran out, or it has ended or was stopped.",
                run_id=run_id,
            ),
            code="lease_lost",
        )
    return run
