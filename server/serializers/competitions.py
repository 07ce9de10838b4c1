"""The shapes of the web API's answers, built from rows: docs/api.md in code. Pages use the same
dictionaries."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy.orm import Session

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from server.clock import iso
from server.domain.baselines import runs as baselines
from server.domain.baselines import thresholds
from server.domain.boards import leaderboard
from server.domain.boards.leaderboard import BoardRow
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access, Today
from server.domain.grading import record as grading
from server.domain.integrity import exclusions as integrity
from server.domain.submissions import receipts
from server.domain.submissions import submit as submissions
from server.domain.teams import allowances as allowances_
from server.domain.teams import membership as teams
from server.models import (
    Competition,
    CompetitionFile,
    PrivateStanding,
    Standing,
    Submission,
    SubmissionState,
    Tier,
)

Json = dict[str, Any]


def today(day: Today, now: datetime) -> Json:
    """A team's course day: what is used, what is left, when the next one begins."""
    return {
        "day": day.day.isoformat(),
        "limit": day.limit,
        "used": day.used,
        "left": day.left,
        "resets_at": iso(day.resets_at),
        "resets_in_seconds": max(0, round((day.resets_at - now).total_seconds())),
    }


def tier(row: Tier, *, state: str, threshold: float | None, source: str) -> Json:
    """A tier as everybody sees it: hint, cost, points, public threshold and the runs that it comes from."""
    return {
        "name": row.name.value,
        "hint": row.hint,
        "minutes": row.minutes,
        "hardware": row.hardware,
        "points_public": row.points_public,
        "points_private": row.points_private,
        "threshold_public": threshold,
        "threshold_from": source,
        "state": state,
    }


def competition(session: Session, found: Access, *, now: datetime) -> Json:
    """A competition as one user meets it. Private thresholds join only where private scores may be seen.

    The session must be allowed private scores exactly when `found.sees_private(now)`.
    """
    row = found.competition
    team = teams.team_of(session, competition_id=row.id, user_id=found.user_id)
    team_id = team.id if team else None
    return {
        "slug": row.slug,
        "title": row.title,
        "course": found.course.slug,
        "role": found.role.value,
        "metric": row.metric,
        "higher_is_better": row.higher_is_better,
        "id_column": row.id_column,
        "target_columns": row.target_columns,
        "prediction_columns": list(grading.spec_of(row).prediction_columns),
        "daily_limit": row.daily_limit,
        "final_selections": row.final_selections,
        "ladder_step": row.ladder_step,
        "team_size": row.team_size,
        "merge_until": iso(teams.merges_end(row)),
        "state": found.state(now).value,
        "opens_at": iso(row.opens_at),
        "deadline_at": iso(row.deadline_at),
        "late_until": iso(row.late_until),
        "extended_to": iso(found.terms.deadline_at) if found.terms.is_extended else None,
        "takes_uploads": found.takes_uploads(now),
        "reveal_at": iso(row.reveal_at),
        "reset_zone": row.reset_zone,
        "archived_at": None if row.archived_at is None else iso(row.archived_at),
        "now": iso(now),
        "today": today(
            competitions.today(session, competition=row, terms=found.terms, team_id=team_id, now=now), now
        ),
        "teams": leaderboard.public_rank(session, competition_id=row.id, team_id=team_id or 0)[1],
        "tiers": tiers(session, found, now=now),
        "upload_limit_bytes": row.upload_limit_bytes,
        "description_md": row.description_md,
    }


def tiers(session: Session, found: Access, *, now: datetime) -> list[Json]:
    """The competition's tiers with their thresholds; private ones only where private scores may be seen."""
    row = found.competition
    decimals = leaderboard.shown(session, row)
    states = baselines.tier_states(session, row.id)
    sources = thresholds.words_of(session, row.id)
    public = leaderboard.thresholds(session, competition_id=row.id, split=Standing)
    shown = [
        tier(
            each,
            state=states.get(each.name, "not requested"),
            threshold=rounded(public.get(each.name.value), decimals),
            source=sources[each.name],
        )
        for each in competitions.tiers_of(session, row.id)
    ]
    if found.sees_private(now):
        private = leaderboard.thresholds(session, competition_id=row.id, split=PrivateStanding)
        for each in shown:
            each["threshold_private"] = rounded(private.get(each["name"]), decimals)
    return shown


def rounded(score: float | None, decimals: int) -> float | None:
    """A score with the decimals that its split supports."""
    return None if score is None else round(score, decimals)


def file(row: CompetitionFile, *, slug: str) -> Json:
    """A public file."""
    return {
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "url": f"/api/competitions/{slug}/files/{quote(row.name)}",
    }


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
    """The answer to an upload: the submission, the team's rank, tiers passed, what is left today. Nothing
    private."""
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


def board_row(row: BoardRow) -> Json:
    """One row of a board."""
    return {
        "rank": row.rank,
        "tied_with": row.tied_with,
        "team": row.team,
        "kind": "student" if row.tier is None else "baseline",
        "tier": row.tier,
        "hint": row.hint,
        "minutes": row.minutes,
        "hardware": row.hardware,
        "score": row.score,
        "received_at": iso(row.received_at),
        "submissions": row.submissions,
    }


def allowances(session: Session, of: Competition) -> list[Json]:
    """Every extension and grant of a competition, for staff, the newest first."""
    return [
        {
            "id": each.allowance.id,
            "to": each.receiver,
            "extra_slots": each.allowance.extra_slots,
            "course_day": each.allowance.course_day.isoformat() if each.allowance.course_day else None,
            "deadline_at": iso(each.allowance.deadline_at) if each.allowance.deadline_at else None,
            "reason": each.allowance.reason,
            "given_by": each.given_by,
            "created_at": iso(each.allowance.created_at),
            "revoked_at": iso(each.allowance.revoked_at) if each.allowance.revoked_at else None,
        }
        for each in allowances_.of_competition(session, competition=of)
    ]
