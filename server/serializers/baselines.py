"""Baseline runs as the web API tells of them to staff. Pages use the same dictionaries."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.baselines import curves, run_queue, thresholds
from server.domain.baselines import runs as baselines
from server.domain.baselines.run_queue import Queue
from server.domain.boards import leaderboard
from server.domain.submissions import submit as submissions
from server.models import BaselineRun, Competition, Tier
from server.serializers.competitions import Json, rounded


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
