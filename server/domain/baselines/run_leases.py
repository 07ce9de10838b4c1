"""Leases of baseline runs: which run is due, and whose words about it count.

A lease names the worker whose words count: each of its messages carries the lease token, and a message with
an old token is refused. A worker that falls silent loses the lease, and the run is due again.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from server.domain.errors import Conflict, NotFound
from server.models import BaselineRun, RunState

MOST_ATTEMPTS = 3  # a run that loses its worker so often is parked as failed


def claim(
    session: Session, *, worker: str, run_id: int | None, lease: timedelta, now: datetime
) -> BaselineRun | None:
    """A due run, now leased to `worker`; None when nothing is due, or this `run_id` is not.

    Due is what was requested, and what runs under a lease that has run out. Conditional on the state it was
    read in, so that of two workers one gets it.
    """
    park_lost(session, now=now)
    is_due = due(now)
    query = select(BaselineRun).where(is_due).order_by(BaselineRun.requested_at, BaselineRun.id)
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
                worker=worker[:200],
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
    session.execute(
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
            error=f"The worker fell silent {MOST_ATTEMPTS} times. See the log for the last thing it said.",
        )
        .execution_options(synchronize_session=False)
    )


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
        raise NotFound(f"There is no baseline run {run_id}.")
    if run.state is not RunState.RUNNING or run.lease_token != lease_token:
        raise Conflict(
            f"Run {run_id} is no longer yours: its lease ran out, or it has ended or was stopped.",
            code="lease_lost",
        )
    return run
