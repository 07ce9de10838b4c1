"""What baselines took and would take elsewhere, as the web API tells of it and pages show it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean, median
from typing import NotRequired

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.parted_text import PartedText
from server.domain.baselines import costs
from server.domain.baselines.costs import Estimate, TierCost
from server.domain.boards import leaderboard
from server.domain.competitions.access import Access
from server.domain.submissions import submit as submissions
from server.models import BaselineRun
from server.serializers.baselines.baselines import PointJson, curve
from server.serializers.values import rounded

Scores = Mapping[int, float | None]


class EstimateJson(TypedDict):
    """What a tier takes on a class of devices: recorded on `runs` runs, or scaled from another device."""

    device: str
    seconds: float
    runs: int
    factor: float | None
    source: str
    source_seconds: float | None
    origin: str
    is_estimate: bool


class TierCostJson(TypedDict):
    """Medians over a tier's runs and their scores; private ones where private scores may be seen."""

    tier: str
    hint: str
    runs: int
    seeds: list[int]
    devices: list[str]
    seconds: float | None
    peak_memory_mb: float | None
    gpu_peak_memory_mb: float | None
    gpu_utilisation: float | None
    gpu_joules: float | None
    cpu_joules: float | None
    estimates: list[EstimateJson]
    public_mean: float | None
    public_spread: float | None
    private_mean: NotRequired[float | None]
    private_spread: NotRequired[float | None]


class TierCostListJson(TypedDict):
    """What the tiers of a competition took and would take."""

    tiers: list[TierCostJson]


class CurveJson(TypedDict):
    """The curve of one successful run."""

    run: int
    tier: str
    seed: int
    points: list[PointJson]


def tier_costs(session: Session, access: Access, *, now: datetime) -> list[TierCostJson]:
    """Each tier's scores over its runs and what they took; private scores only where they may be seen.

    The session must be allowed private scores exactly when `access.sees_private(now)`.
    """
    competition = access.competition
    decimals = leaderboard.shown(session, competition)
    tiers = costs.of_competition(session, competition)
    ids = [run.submission_id for tier in tiers for run in tier.runs if run.submission_id is not None]
    public = submissions.public_scores(session, competition=competition, ids=ids)
    listed = [_tier_cost(tier, _spread(tier.runs, public, decimals)) for tier in tiers]
    if not access.sees_private(now):
        return listed
    private = submissions.private_scores(session, competition=competition, ids=ids)
    spreads = [_spread(tier.runs, private, decimals) for tier in tiers]
    return [
        {**each, "private_mean": mean, "private_spread": spread}
        for each, (mean, spread) in zip(listed, spreads, strict=True)
    ]


def _tier_cost(cost: TierCost, public: tuple[float | None, float | None]) -> TierCostJson:
    return {
        "tier": cost.tier.name.value,
        "hint": PartedText(cost.tier.hint),
        "runs": len(cost.runs),
        "seeds": sorted({run.seed for run in cost.runs}),
        "devices": list(dict.fromkeys(run.device for run in cost.runs if run.device)),
        "seconds": _median([run.seconds for run in cost.runs]),
        "peak_memory_mb": _median([run.peak_memory_mb for run in cost.runs]),
        "gpu_peak_memory_mb": _median([run.gpu_peak_memory_mb for run in cost.runs]),
        "gpu_utilisation": _median([run.gpu_utilisation for run in cost.runs]),
        "gpu_joules": _median([run.gpu_joules for run in cost.runs]),
        "cpu_joules": _median([run.cpu_joules for run in cost.runs]),
        "estimates": [estimate(each) for each in cost.estimates],
        "public_mean": public[0],
        "public_spread": public[1],
    }


def estimate(estimate: Estimate) -> EstimateJson:
    """What a tier takes on a class of devices."""
    return {
        "device": estimate.device,
        "seconds": estimate.seconds,
        "runs": estimate.runs,
        "factor": estimate.factor,
        "source": estimate.source,
        "source_seconds": estimate.source_seconds,
        "origin": estimate.origin,
        "is_estimate": estimate.factor is not None,
    }


def curves_of(session: Session, access: Access) -> list[CurveJson]:
    """The curve of each successful run, for staff."""
    return [
        {"run": run.id, "tier": tier.tier.name.value, "seed": run.seed, "points": curve(run)}
        for tier in costs.of_competition(session, access.competition)
        for run in tier.runs
    ]


def _median(values: list[float | None]) -> float | None:
    """The median of what was told; None when nothing was."""
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _spread(runs: Sequence[BaselineRun], scores: Scores, decimals: int) -> tuple[float | None, float | None]:
    """The mean of the runs' scores, and half the distance between the best and the worst."""
    known = [score for run in runs if (score := scores.get(run.submission_id or 0)) is not None]
    if not known:
        return None, None
    return rounded(fmean(known), decimals), rounded((max(known) - min(known)) / 2, decimals)
