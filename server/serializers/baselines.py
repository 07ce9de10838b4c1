"""Baseline runs and what they took, as the web API tells of them. Pages use the same dictionaries."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from statistics import fmean, median
from typing import Any

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.baselines import costs, curves, run_queue, thresholds
from server.domain.baselines import runs as baselines
from server.domain.baselines.costs import Estimate, TierCost
from server.domain.baselines.run_queue import Queue
from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.submissions import submit as submissions
from server.models import BaselineRun, Competition, Tier
from server.serializers.values import Json, rounded


def run(
    row: BaselineRun,
    of_tier: Tier,
    of: Competition,
    *,
    public: float | None,
    private: float | None,
    waits: Queue,
) -> Json:
    """A baseline run for staff, with both scores."""
    place = waits.places.get(row.id)
    return {
        "id": row.id,
        "url": f"/api/baseline-runs/{row.id}",
        "competition": of.slug,
        "homework": of.homework,
        "tier": of_tier.name.value,
        "seed": row.seed,
        "state": row.state.value,
        "requested_at": iso(row.requested_at),
        "started_at": iso(row.started_at) if row.started_at else None,
        "finished_at": iso(row.finished_at) if row.finished_at else None,
        "attempts": row.attempts,
        "worker": row.worker,
        "device": row.device,
        "progress": row.progress,
        "queue": None if place is None else asdict(place),
        "seconds_left": waits.left.get(row.id),
        "seconds": row.seconds,
        "peak_memory_mb": row.peak_memory_mb,
        **{name: getattr(row, name) for name in baselines.COST},
        "versions": row.versions,
        "public_score": public,
        "private_score": private,
        "error": row.error,
    }


def runs(
    session: Session, found: Sequence[tuple[BaselineRun, Tier, Competition]], *, now: datetime
) -> list[Json]:
    """Baseline runs of one competition with their scores; the session must see private scores."""
    if not found:
        return []
    of = found[0][2]
    ids = [row.submission_id for row, _, _ in found if row.submission_id is not None]
    decimals = leaderboard.shown(session, of)
    public = submissions.public_scores(session, competition=of, ids=ids)
    private = submissions.private_scores(session, competition=of, ids=ids)
    has_active = any(row.state in baselines.ACTIVE for row, _, _ in found)
    waits = run_queue.queue(session, now=now) if has_active else Queue({}, {})
    return [
        run(
            row,
            of_tier,
            of,
            public=rounded(public.get(row.submission_id or 0), decimals),
            private=rounded(private.get(row.submission_id or 0), decimals),
            waits=waits,
        )
        for row, of_tier, of in found
    ]


def whole_run(session: Session, found: tuple[BaselineRun, Tier, Competition], *, now: datetime) -> Json:
    """One run with its log and its curve; the session must see private scores."""
    row = found[0]
    told = {"log": row.log, "curve": [asdict(point) for point in curves.points_of(row.curve)]}
    return runs(session, [found], now=now)[0] | told


def thresholds_of(session: Session, of: Competition) -> list[Json]:
    """How each tier's threshold stands, for staff; the session must see private scores."""
    decimals = leaderboard.shown(session, of)
    words = thresholds.words_of(session, of.id)
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
        for each in thresholds.of_competition(session, of.id)
    ]


MEDIANS = ("seconds", "peak_memory_mb", "gpu_peak_memory_mb", "gpu_utilisation", "gpu_joules", "cpu_joules")


def tier_costs(session: Session, found: Access, *, now: datetime) -> list[Json]:
    """Each tier's scores over its runs and what they took; private scores only where they may be seen.

    The session must be allowed private scores exactly when `found.sees_private(now)`.
    """
    of = found.competition
    decimals = leaderboard.shown(session, of)
    told = costs.of_competition(session, of)
    ids = [run.submission_id for each in told for run in each.runs if run.submission_id is not None]
    public = submissions.public_scores(session, competition=of, ids=ids)
    shown = [_tier_cost(each) | _spread("public", each.runs, public, decimals) for each in told]
    if found.sees_private(now):
        private = submissions.private_scores(session, competition=of, ids=ids)
        for each, shape in zip(told, shown, strict=True):
            shape |= _spread("private", each.runs, private, decimals)
    return shown


def _tier_cost(each: TierCost) -> Json:
    return {
        "tier": each.tier.name.value,
        "hint": each.tier.hint,
        "runs": len(each.runs),
        "seeds": sorted({run.seed for run in each.runs}),
        "devices": list(dict.fromkeys(run.device for run in each.runs if run.device)),
        **{name: _median(getattr(run, name) for run in each.runs) for name in MEDIANS},
        "estimates": [estimate(one) for one in each.estimates],
    }


def estimate(of: Estimate) -> Json:
    """What a tier takes on a class of devices."""
    return asdict(of) | {"is_estimate": of.factor is not None}


def curves_of(session: Session, found: Access) -> list[Json]:
    """The curve of each successful run, for staff."""
    return [
        {
            "run": run.id,
            "tier": each.tier.name.value,
            "seed": run.seed,
            "points": [asdict(point) for point in curves.points_of(run.curve)],
        }
        for each in costs.of_competition(session, found.competition)
        for run in each.runs
    ]


def _median(values: Iterable[float | None]) -> float | None:
    """The median of what was told; None when nothing was."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _spread(split: str, runs: Sequence[BaselineRun], scores: dict[int, Any], decimals: int) -> Json:
    """Mean of the runs' scores and half the distance between the best and the worst."""
    known = [scores[run.submission_id] for run in runs if run.submission_id in scores]
    half = (max(known) - min(known)) / 2 if known else None
    return {
        f"{split}_mean": rounded(fmean(known), decimals) if known else None,
        f"{split}_spread": rounded(half, decimals),
    }
