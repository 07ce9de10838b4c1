"""What baselines took and would take, as the web API tells of it and pages show it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from statistics import fmean, median
from typing import Any

from sqlalchemy.orm import Session

from server.domain.baselines import costs, curves
from server.domain.baselines.costs import Estimate, TierCost
from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.submissions import submit as submissions
from server.models import BaselineRun
from server.serializers.competitions import Json, rounded

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
