"""The shapes of rescores in the web API's answers, for staff; pages use the same dictionaries."""

from sqlalchemy.orm import Session

from server.clock import iso
from server.domain.boards import leaderboard
from server.domain.rescores import rescore as rescores
from server.domain.rescores.known_files import KnownFileCheck
from server.domain.rescores.preview import Lost, Preview, Side, StudentChange
from server.domain.rescores.rescore import Listed
from server.models import AnswerKeyVersion, Competition, RescoreState
from server.serializers.values import Json


def version(row: AnswerKeyVersion) -> Json:
    """One version of an answer key, with the metric that goes with it."""
    return {
        "version": row.version,
        "sha256": row.sha256,
        "rows": row.rows,
        "public_rows": row.public_rows,
        "private_rows": row.private_rows,
        "metric": row.metric,
        "metric_arguments": row.metric_arguments,
        "metric_sha256": row.metric_sha256,
        "higher_is_better": row.higher_is_better,
        "created_at": iso(row.created_at),
    }


def rescore(listed: Listed, *, of: Competition) -> Json:
    """A rescore with its two versions and its progress. `can_be_undone`: the boards show its version now."""
    row = listed.rescore
    shown = row.state is RescoreState.APPLIED and row.to_key_id == of.answer_key_id
    return {
        "id": row.id,
        "url": f"/api/competitions/{of.slug}/rescores/{row.id}",
        "competition": of.slug,
        "state": row.state.value,
        "done": row.done,
        "total": row.total,
        "reason": row.reason,
        "asked_by": listed.asked_by,
        "created_at": iso(row.created_at),
        "switched_at": iso(row.switched_at) if row.switched_at else None,
        "error": row.error,
        "is_open": row.state in rescores.OPEN,
        "can_be_undone": shown,
        "from": version(listed.before),
        "to": version(listed.after),
    }


def rescore_list(session: Session, competition_id: int) -> list[Json]:
    """The competition's rescores, the newest first."""
    of = session.get_one(Competition, competition_id)
    return [rescore(each, of=of) for each in rescores.of_competition(session, competition_id)]


def one_rescore(session: Session, *, competition_id: int, rescore_id: int) -> Json:
    """One rescore of the competition; raises NotFound."""
    rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    return next(each for each in rescore_list(session, competition_id) if each["id"] == rescore_id)


def decimals(session: Session, competition_id: int) -> int:
    """The decimals that a preview's scores are shown with."""
    return leaderboard.shown(session, session.get_one(Competition, competition_id))


def preview(found: Preview, checks: list[KnownFileCheck]) -> Json:
    """What a rescore would change: counts, whose, the known files, and who would lose a score."""
    return {
        "counts": found.counts(),
        "changes": [change(each) for each in found.changes if each.is_one],
        "checks": [check(each) for each in checks],
        "without_score": [_lost(each) for each in found.lost],
    }


def change(row: StudentChange) -> Json:
    """One student, or a team without any: before and after."""
    return {
        "team": row.team,
        "kind": "baseline" if row.is_baseline else "student",
        "student_number": row.student_number,
        "username": row.username,
        "name": row.name,
        "before": _side(row.before),
        "after": _side(row.after),
    }


def _side(row: Side) -> Json:
    return {
        "public_score": row.public.score,
        "public_rank": row.public.rank,
        "private_score": row.private.score,
        "private_rank": row.private.rank,
        "tiers": list(row.tiers),
        "points": row.points,
    }


def check(row: KnownFileCheck) -> Json:
    """A known file's scores under both versions."""
    return {
        "name": row.name,
        "before": _pair(row.before),
        "after": _pair(row.after),
        "is_same_again": row.is_same_again,
    }


def _pair(scores: tuple[float, float] | None) -> Json | None:
    return None if scores is None else {"public": scores[0], "private": scores[1]}


def _lost(row: Lost) -> Json:
    return {"submission_id": row.submission_id, "team": row.team, "why": row.why}
