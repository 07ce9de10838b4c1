"""A submission and the answer to an upload, as the API tells of them and pages show them."""

from datetime import datetime

from sqlalchemy.orm import Session

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from server.clock import iso
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.integrity import exclusions as integrity
from server.domain.submissions import receipts
from server.domain.submissions import submit as submissions
from server.models import Submission, SubmissionState
from server.serializers.values import Json, rounded, today


def submission(row: Submission, *, slug: str, by: str, public_score: float | None, decimals: int) -> Json:
    """A submission without any private value."""
    return {
        "id": row.id,
        "url": f"/api/submissions/{row.id}",
        "competition": slug,
        "file_name": row.file_name,
        "size": row.size,
        "sha256": row.sha256,
        "received_at": iso(row.received_at),
        "course_day": row.course_day.isoformat(),
        "slot": row.slot,
        "state": row.state.value,
        "is_late": row.is_late,
        "is_practice": row.is_practice,
        "is_excluded": row.excluded_at is not None,
        "is_final": row.is_final,
        "public_score": rounded(public_score, decimals),
        "problems": row.problems,
        "submitted_by": by,
    }


def submission_list(session: Session, rows: list[Submission], *, found: Access, now: datetime) -> list[Json]:
    """Submissions of one competition; `private_score` joins only where private scores may be seen."""
    row = found.competition
    ids = [each.id for each in rows]
    decimals = leaderboard.shown(session, row)
    public = submissions.public_scores(session, competition=row, ids=ids)
    names = submissions.submitters(session, ids=ids)
    excluded = [each.id for each in rows if each.excluded_at is not None]
    reasons = integrity.reasons_of(session, competition_id=row.id, ids=excluded)
    shown = [
        submission(
            each, slug=row.slug, by=names[each.id], public_score=public.get(each.id), decimals=decimals
        )
        | {"exclusion_reason": reasons.get(each.id)}
        for each in rows
    ]
    if found.sees_private(now):
        private = submissions.private_scores(session, competition=row, ids=ids)
        for each in shown:
            each["private_score"] = rounded(private.get(each["id"]), decimals)
    return shown


def receipt(
    session: Session, row: Submission, *, found: Access, repeated: bool, took_ms: float, now: datetime
) -> Json:
    """The answer to an upload: the submission, the team's rank, tiers passed, what is left today.

    It has nothing private.
    """
    each = found.competition
    facts = receipts.facts_of(session, submission_id=row.id)
    score, decimals = facts.public_score, decimals_for(facts.public_rows, METRICS.get(each.metric))
    rank, count = leaderboard.public_rank(session, competition_id=each.id, team_id=row.team_id)
    passed = [] if score is None else leaderboard.tiers_passed(session, competition=each, public_score=score)
    left = competitions.today(session, competition=each, terms=found.terms, team_id=row.team_id, now=now)
    return submission(row, slug=each.slug, by=facts.submitted_by, public_score=score, decimals=decimals) | {
        "repeated": repeated,
        "team_id": row.team_id,
        "team": facts.team,
        "key_version": facts.key_version,
        "commitment": each.commitment,
        "decimals": decimals,
        "rank": rank if row.state is SubmissionState.SCORED else None,
        "teams": count,
        "tiers_passed": passed,
        "today": today(left, now),
        "took_ms": round(took_ms, 1),
        "now": iso(now),
        "reset_zone": each.reset_zone,
    }
