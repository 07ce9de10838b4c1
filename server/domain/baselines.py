"""Baseline runs: asked for by staff, leased to one worker at a time, finished once.

A lease names the worker whose words count: each of its messages carries the lease token, and a message with
an old token is refused. A worker that falls silent loses the lease, and the run is due again.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from server.domain import archiving, audit, curves, standings, teams
from server.domain.curves import CurvePoint
from server.domain.errors import Conflict, Invalid, NotFound
from server.models import BaselineRun, Competition, RunState, Team, Tier, TierName

LOG_MOST = 200_000  # characters of a run's log that are kept, its end
# What a run costs beside time and memory, by its columns; None is what the driver does not tell.
COST = ("cpu_count", "gpu_peak_memory_mb", "gpu_utilisation", "gpu_joules", "cpu_joules", "gflops")
MOST_ATTEMPTS = 3  # a run that loses its worker so often is parked as failed


def request_runs(
    session: Session, *, competition: Competition, tiers: list[str], seed: int, by: int, now: datetime
) -> list[BaselineRun]:
    """New runs of these tiers, the easiest first; Invalid names a tier that the competition does not have,
    Archived refuses all."""
    archiving.require_live(competition)
    tiers_here = select(Tier).where(Tier.competition_id == competition.id).order_by(Tier.place)
    known = {tier.name.value: tier for tier in session.scalars(tiers_here)}
    unknown = [name for name in tiers if name not in known]
    if unknown or not tiers:
        raise Invalid(
            f"There is no tier {', '.join(unknown) or '(none given)'} here; there are: {', '.join(known)}."
        )
    runs = [
        BaselineRun(
            competition_id=competition.id,
            tier_id=tier.id,
            seed=seed,
            state=RunState.REQUESTED,
            requested_by=by,
            requested_at=now,
            progress={},
            curve=[],
            versions={},
        )
        for name, tier in known.items()
        if name in tiers
    ]
    session.add_all(runs)
    session.flush()
    audit.record(
        session,
        act="baseline_runs_requested",
        subject=f"competition {competition.slug}",
        by=by,
        now=now,
        competition=competition,
        details={"tiers": tiers, "seed": seed},
    )
    return runs


def claim(
    session: Session, *, worker: str, run_id: int | None, lease: timedelta, now: datetime
) -> BaselineRun | None:
    """A due run, now leased to `worker`; None when nothing is due, or this `run_id` is not.

    Due is what was requested, and what runs under a lease that has run out. Conditional on the state it was
    read in, so that of two workers one gets it.
    """
    park_lost(session, now=now)
    due = _due(now)
    query = select(BaselineRun).where(due).order_by(BaselineRun.requested_at, BaselineRun.id)
    if run_id is not None:
        query = query.where(BaselineRun.id == run_id)
    for run in session.scalars(query.limit(8)):
        claimed = session.scalar(
            update(BaselineRun)
            .where(BaselineRun.id == run.id, due)
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


def _due(now: datetime) -> Any:
    return or_(
        BaselineRun.state == RunState.REQUESTED,
        (BaselineRun.state == RunState.RUNNING) & (BaselineRun.lease_until <= now),
    )


def park_lost(session: Session, *, now: datetime) -> None:
    """Give up runs that have lost their worker too often: a tier that kills each worker must not kill the
    next."""
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
    """The run, if this token holds its lease; Conflict `lease_lost` otherwise, NotFound if there is no such
    run."""
    run = session.scalar(select(BaselineRun).where(BaselineRun.id == run_id).with_for_update())
    if run is None:
        raise NotFound(f"There is no baseline run {run_id}.")
    if run.state is not RunState.RUNNING or run.lease_token != lease_token:
        raise Conflict(
            f"Run {run_id} is no longer yours: its lease ran out and it was given away, or it has ended.",
            code="lease_lost",
        )
    return run


def heartbeat(
    session: Session,
    *,
    run_id: int,
    lease_token: str,
    progress: dict[str, Any] | None,
    points: Sequence[CurvePoint],
    log: str,
    lease: timedelta,
    now: datetime,
) -> BaselineRun:
    """Renew the lease and keep what the worker tells: its progress, new points of its curve, new lines of its
    log."""
    run = leased(session, run_id=run_id, lease_token=lease_token)
    run.lease_until = now + lease
    if progress is not None:
        run.progress = progress
    if points:
        run.curve = curves.extended(run.curve, points)
    run.log = (run.log + log)[-LOG_MOST:]
    return run


def finish(
    session: Session, *, run_id: int, lease_token: str, report: dict[str, Any], log: str, now: datetime
) -> BaselineRun:
    """End a run whose predictions stand: its score becomes the tier's threshold, its cost stands beside it.

    Needs a session that may see private scores. Conflict when no predictions have come.
    """
    run = leased(session, run_id=run_id, lease_token=lease_token)
    if run.submission_id is None:
        raise Conflict("Post the predictions before the report.")
    run.device = str(report["device"])[:200]
    run.seconds = report["seconds"]
    run.peak_memory_mb = report["peak_memory_mb"]
    run.versions = report["versions"]
    for name in COST:
        setattr(run, name, report[name])
    run.log = (run.log + log)[-LOG_MOST:]
    _end(run, RunState.SUCCEEDED, now)
    tier = session.get_one(Tier, run.tier_id)
    tier.trained_at = now
    tier.minutes = round(run.seconds / 60, 2) if run.seconds is not None else tier.minutes
    tier.hardware = run.device or tier.hardware
    session.flush()
    team = teams.baseline_team(session, competition_id=run.competition_id, tier_id=tier.id)
    teams.lock_team(session, team.id)
    standings.refresh(session, competition_id=run.competition_id, team_id=team.id)
    return run


def fail(
    session: Session, *, run_id: int, lease_token: str, error: str, log: str, now: datetime
) -> BaselineRun:
    """End a run that broke; its last words stay for staff to read."""
    run = leased(session, run_id=run_id, lease_token=lease_token)
    run.error = error[:10_000]
    run.log = (run.log + log)[-LOG_MOST:]
    _end(run, RunState.FAILED, now)
    session.flush()
    return run


def _end(run: BaselineRun, state: RunState, now: datetime) -> None:
    run.state = state
    run.finished_at = now
    run.lease_token = None
    run.lease_until = None


def get(session: Session, run_id: int) -> tuple[BaselineRun, Tier, Competition]:
    """A run with its tier and competition; NotFound if there is none."""
    found = session.execute(_joined().where(BaselineRun.id == run_id)).one_or_none()
    if found is None:
        raise NotFound(f"There is no baseline run {run_id}.")
    return found[0], found[1], found[2]


def of_competition(session: Session, competition_id: int) -> list[tuple[BaselineRun, Tier, Competition]]:
    """The competition's runs, the newest first."""
    rows = session.execute(
        _joined().where(BaselineRun.competition_id == competition_id).order_by(BaselineRun.id.desc())
    )
    return [(run, tier, competition) for run, tier, competition in rows]


def _joined() -> Any:
    return (
        select(BaselineRun, Tier, Competition)
        .join(Tier, Tier.id == BaselineRun.tier_id)
        .join(Competition, Competition.id == BaselineRun.competition_id)
    )


def tier_states(session: Session, competition_id: int) -> dict[TierName, str]:
    """Each tier's state for the board: `trained`, `training`, `waiting`, `failed` or `not requested`."""
    latest: dict[TierName, str] = {}
    for run, tier, _ in reversed(of_competition(session, competition_id)):
        match run.state:
            case RunState.SUCCEEDED:
                latest[tier.name] = "trained"
            case RunState.RUNNING if latest.get(tier.name) != "trained":
                latest[tier.name] = "training"
            case RunState.REQUESTED if latest.get(tier.name) != "trained":
                latest[tier.name] = "waiting"
            case RunState.FAILED if latest.get(tier.name) != "trained":
                latest[tier.name] = "failed"
            case _:
                pass
    return latest


def teams_of(session: Session, competition_id: int) -> dict[int, Team]:
    """The baseline teams of a competition by their tier's id."""
    rows = session.scalars(
        select(Team).where(Team.competition_id == competition_id, Team.tier_id.is_not(None))
    )
    return {team.tier_id: team for team in rows if team.tier_id is not None}
