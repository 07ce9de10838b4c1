"""Baseline runs as the web API tells of them to staff. Pages use the same dictionaries."""

from dataclasses import asdict

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain import baselines, curves, leaderboard, submissions
from server.models import BaselineRun, Competition, Tier
from server.shapes import Json, rounded


def run(
    row: BaselineRun, of_tier: Tier, of: Competition, *, public: float | None, private: float | None
) -> Json:
    """A baseline run for staff, with both scores."""
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
        "seconds": row.seconds,
        "peak_memory_mb": row.peak_memory_mb,
        **{name: getattr(row, name) for name in baselines.COST},
        "versions": row.versions,
        "public_score": public,
        "private_score": private,
        "error": row.error,
    }


def runs(session: Session, found: list[tuple[BaselineRun, Tier, Competition]]) -> list[Json]:
    """Baseline runs of one competition with their scores; the session must see private scores."""
    if not found:
        return []
    of = found[0][2]
    ids = [row.submission_id for row, _, _ in found if row.submission_id is not None]
    decimals = leaderboard.shown(session, of)
    public = submissions.public_scores(session, competition=of, ids=ids)
    private = submissions.private_scores(session, competition=of, ids=ids)
    return [
        run(
            row,
            of_tier,
            of,
            public=rounded(public.get(row.submission_id or 0), decimals),
            private=rounded(private.get(row.submission_id or 0), decimals),
        )
        for row, of_tier, of in found
    ]


def whole_run(session: Session, found: tuple[BaselineRun, Tier, Competition]) -> Json:
    """One run with its log and its curve; the session must see private scores."""
    row = found[0]
    told = {"log": row.log, "curve": [asdict(point) for point in curves.points_of(row.curve)]}
    return runs(session, [found])[0] | told
