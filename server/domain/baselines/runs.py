"""Baseline runs: asked for by staff, leased to one worker at a time, and ended once, whoever ends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from grader.messages import COMMA, Message, joined
from server.domain.audit import trail as audit
from server.domain.audit.actor import Actor
from server.domain.baselines import curves, failures, run_leases, thresholds
from server.domain.baselines.curves import CurvePoint
from server.domain.competitions import access as competitions
from server.domain.competitions import archiving
from server.domain.errors import Conflict, Invalid, NotFound
from server.models import BaselineRun, Competition, Right, RunState, Tier, TierName, User
from server.words import word

# What a run costs beside time and memory, by its columns; None is what the driver does not tell.
COST = ("cpu_count", "gpu_peak_memory_mb", "gpu_utilisation", "gpu_joules", "cpu_joules", "gflops")
SEED_MOST = 2**31 - 1
ERROR_MOST = 10_000  # characters of what a worker says of a failure
SEEDS_MOST = 16  # of one request
ACTIVE = (RunState.REQUESTED, RunState.RUNNING)


def request_runs(
    session: Session, *, competition: Competition, tiers: list[str], seed: int, by: Actor, now: datetime
) -> list[BaselineRun]:
    """One new run of each of these tiers; as `request_seeds`."""
    return request_seeds(session, competition=competition, tiers=tiers, seeds=[seed], by=by, now=now)


def request_seeds(
    session: Session,
    *,
    competition: Competition,
    tiers: list[str],
    seeds: Sequence[int],
    by: Actor,
    now: datetime,
) -> list[BaselineRun]:
    """New runs of these tiers, seed by seed, the easiest tier first.

    Invalid names a tier that the competition does not have, and seeds that do not fit; Archived refuses all.
    """
    archiving.require_live(competition)
    chosen_tiers = _tiers_named(session, competition, tiers)
    _require_seeds(seeds)
    runs = [
        BaselineRun(
            competition_id=competition.id,
            tier_id=tier.id,
            seed=seed,
            state=RunState.REQUESTED,
            requested_by=by.person_id,
            requested_at=now,
            progress={},
            curve=[],
            versions={},
        )
        for seed in seeds
        for tier in chosen_tiers
    ]
    session.add_all(runs)
    session.flush()
    act = audit.Act(
        "baseline_runs_requested",
        f"competition {competition.slug}",
        competition=competition,
        details={"tiers": tiers, "seeds": list(seeds)},
    )
    audit.record(session, act, by=by, now=now)
    return runs


def _tiers_named(session: Session, competition: Competition, names: list[str]) -> list[Tier]:
    tiers_here = select(Tier).where(Tier.competition_id == competition.id).order_by(Tier.place)
    known = {tier.name.value: tier for tier in session.scalars(tiers_here)}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise Invalid(
            Message(
                "There is no tier {unknown} here; there are: {known}.",
                unknown=joined(*unknown, between=COMMA) if unknown else Message("(none given)"),
                known=joined(*known, between=COMMA),
            )
        )
    return [tier for name, tier in known.items() if name in names]


def _require_seeds(seeds: Sequence[int]) -> None:
    if not 1 <= len(seeds) <= SEEDS_MOST or len(set(seeds)) != len(seeds):
        raise Invalid(
            Message("Name 1 to {most} different seeds; there are {count}.", most=SEEDS_MOST, count=len(seeds))
        )
    if not all(0 <= seed <= SEED_MOST for seed in seeds):
        raise Invalid(Message("A seed is a whole number from 0 to {most:,}.", most=SEED_MOST))


def seeds_in(text: str) -> list[int]:
    """The seeds as people write them; Invalid for what is no number.

    >>> seeds_in("0 1, 2")
    [0, 1, 2]
    """
    words = text.replace(",", " ").split()
    if not all(word.isascii() and word.isdigit() for word in words):
        raise Invalid(
            Message(
                "Seeds are whole numbers with spaces between, as in 0 1 2; '{text}' is not that.",
                text=text[:80],
            )
        )
    return [int(word) for word in words]


def stop(session: Session, *, run_id: int, by: Actor, now: datetime) -> BaselineRun:
    """End a requested or running run; its worker learns of it with its next message, and kills the training.

    Conditional on the state, so that a run which ends by itself meanwhile stays as it ended: Conflict then.
    """
    run, _, competition = get(session, run_id)
    was = run.state
    stopped = session.scalar(
        update(BaselineRun)
        .where(BaselineRun.id == run_id, BaselineRun.state.in_(ACTIVE))
        .values(state=RunState.STOPPED, lease_token=None, lease_until=None, finished_at=now)
        .returning(BaselineRun.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(run)
    if stopped is None:
        raise Conflict(
            Message(
                "Run {run_id} has {state} already; there is nothing to stop.",
                run_id=run_id,
                state=word(run.state.value),
            )
        )
    act = audit.Act(
        "baseline_run_stopped",
        f"baseline run {run_id}",
        competition=competition,
        before={"state": was.value},
        after={"state": run.state.value},
    )
    audit.record(session, act, by=by, now=now)
    return run


@dataclass(frozen=True)
class WorkerUpdate:
    """What a worker tells while it trains: its progress, new points of its curve, new lines of its log."""

    progress: dict[str, Any] | None
    points: Sequence[CurvePoint]
    log: str


def heartbeat(
    session: Session, update: WorkerUpdate, *, run_id: int, lease_token: str, lease: timedelta, now: datetime
) -> BaselineRun:
    """Renew the lease and keep what the worker tells."""
    run = run_leases.leased(session, run_id=run_id, lease_token=lease_token)
    run.lease_until = now + lease
    if update.progress is not None:
        run.progress = update.progress
    if update.points:
        run.curve = curves.extended(run.curve, update.points)
    run.log = (run.log + update.log)[-run_leases.LOG_MOST :]
    return run


def finish(
    session: Session, *, run_id: int, lease_token: str, report: dict[str, Any], log: str, now: datetime
) -> BaselineRun:
    """End a run whose predictions stand: its score sets the tier's threshold where the tier's rule counts it.

    Needs a session that may see private scores. Conflict when no predictions have come.
    """
    run = run_leases.leased(session, run_id=run_id, lease_token=lease_token)
    if run.submission_id is None:
        raise Conflict(Message("Post the predictions before the report."))
    run.device = str(report["device"])[:200]
    run.seconds = report["seconds"]
    run.peak_memory_mb = report["peak_memory_mb"]
    run.versions = report["versions"]
    for name in COST:
        setattr(run, name, report[name])
    run.log = (run.log + log)[-run_leases.LOG_MOST :]
    tier = session.get_one(Tier, run.tier_id)
    thresholds.hold(session, tier)
    _end(run, RunState.SUCCEEDED, now)
    tier.trained_at = now
    session.flush()
    thresholds.settle(session, tier)
    return run


def fail(
    session: Session, *, run_id: int, lease_token: str, error: str, log: str, now: datetime
) -> BaselineRun:
    """End a run that broke; its last words stay for staff to read."""
    run = run_leases.leased(session, run_id=run_id, lease_token=lease_token)
    run.error = error if len(error) <= ERROR_MOST else error[:ERROR_MOST]
    run.log = (run.log + log)[-run_leases.LOG_MOST :]
    _end(run, RunState.FAILED, now)
    session.flush()
    failures.notify_staff(session, run_ids=[run.id], now=now)
    return run


def _end(run: BaselineRun, state: RunState, now: datetime) -> None:
    run.state = state
    run.finished_at = now
    run.lease_token = None
    run.lease_until = None


def run_again(session: Session, *, run_id: int, seed: int | None, by: Actor, now: datetime) -> BaselineRun:
    """A new run of a run's tier, with its seed where none is named."""
    old, tier, competition = get(session, run_id)
    seeds = [old.seed if seed is None else seed]
    tiers = [tier.name.value]
    return request_seeds(session, competition=competition, tiers=tiers, seeds=seeds, by=by, now=now)[0]


def get_for_staff(
    session: Session, run_id: int, *, user: User, now: datetime
) -> tuple[BaselineRun, Tier, Competition]:
    """A run with its tier and competition, for the course's staff who see private scores."""
    row = get(session, run_id)
    try:
        access = competitions.access(session, slug=row[2].slug, user=user, now=now)
    except NotFound:  # its words would name a competition of others
        raise _no_run(run_id) from None
    competitions.require_rights(access, [Right.SEE_PRIVATE], now)
    return row


def get(session: Session, run_id: int) -> tuple[BaselineRun, Tier, Competition]:
    """A run with its tier and competition; NotFound if there is none."""
    row = session.execute(_joined().where(BaselineRun.id == run_id)).one_or_none()
    if row is None:
        raise _no_run(run_id)
    return row[0], row[1], row[2]


def of_competition(session: Session, competition_id: int) -> list[tuple[BaselineRun, Tier, Competition]]:
    """The competition's runs, the newest first."""
    rows = session.execute(
        _joined()
        .where(BaselineRun.competition_id == competition_id)
        .order_by(BaselineRun.id.desc())
        .options(defer(BaselineRun.log))
    )
    return [(run, tier, competition) for run, tier, competition in rows]


def _joined() -> Any:
    return (
        select(BaselineRun, Tier, Competition)
        .join(Tier, Tier.id == BaselineRun.tier_id)
        .join(Competition, Competition.id == BaselineRun.competition_id)
    )


def tier_states(session: Session, competition_id: int) -> dict[TierName, str]:
    """Each tier's state for the board, for the tiers of which a run was asked for.

    It is one of `trained`, `training`, `waiting`, `failed` and `stopped`.
    """
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
            case RunState.STOPPED if latest.get(tier.name) != "trained":
                latest[tier.name] = "stopped"
            case _:
                pass
    return latest


def _no_run(run_id: int) -> NotFound:
    return NotFound(Message("There is no baseline run {run_id}.", run_id=run_id))
