"""The shapes of rescores in the web API's answers, for staff; pages use the same dictionaries."""

from typing import Literal

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from server.clock import iso
from server.domain.boards import leaderboard
from server.domain.rescores import rescore as rescores
from server.domain.rescores.known_files import KnownFileCheck
from server.domain.rescores.preview import LostScore, Preview, Side, StudentChange
from server.domain.rescores.rescore import ListedRescore
from server.models import AnswerKeyVersion, Competition, RescoreState
from server.serializers.values import Time, iso_or_none


class VersionJson(TypedDict):
    """One version of an answer key, with the metric that goes with it."""

    version: int
    sha256: str
    rows: int
    public_rows: int
    private_rows: int
    metric: str
    metric_arguments: dict[str, object]
    metric_sha256: str | None
    higher_is_better: bool
    created_at: Time


RescoreVersions = TypedDict("RescoreVersions", {"from": VersionJson, "to": VersionJson})


class RescoreJson(RescoreVersions):
    """A rescore with its two versions and its progress; `can_be_undone`: the boards show its version now."""

    id: int
    url: str
    competition: str
    state: str
    done: int
    total: int
    reason: str
    asked_by: str | None
    created_at: Time
    switched_at: Time | None
    error: str
    is_open: bool
    can_be_undone: bool


class RescoreListJson(TypedDict):
    """A competition's rescores, the newest first."""

    rescores: list[RescoreJson]


class SideJson(TypedDict):
    """One student, or a team without any, before or after a switch; null is off the board."""

    public_score: float | None
    public_rank: int | None
    private_score: float | None
    private_rank: int | None
    tiers: list[str]
    points: float | None


class ChangeJson(TypedDict):
    """What a rescore changes for one student, or for a team without any."""

    team: str
    kind: Literal["student", "baseline"]
    student_number: str
    username: str
    name: str
    before: SideJson
    after: SideJson


class ScorePairJson(TypedDict):
    """A file's scores on both splits."""

    public: float
    private: float


class KnownFileJson(TypedDict):
    """A known file under both versions; `is_same_again`: grading it just now gave the same."""

    name: str
    before: ScorePairJson | None
    after: ScorePairJson | None
    is_same_again: bool


class LostScoreJson(TypedDict):
    """A submission that would have no score any more, and why."""

    submission_id: int
    team: str
    why: str


class PreviewCountsJson(TypedDict):
    """How many of what would change."""

    submissions: int
    scores: int
    without_score: int
    students: int
    ranks: int
    tiers: int
    points: int


class PreviewJson(TypedDict):
    """What a rescore would change, and for whom; of an applied one, what it has changed."""

    counts: PreviewCountsJson
    changes: list[ChangeJson]
    checks: list[KnownFileJson]
    without_score: list[LostScoreJson]


def version(row: AnswerKeyVersion) -> VersionJson:
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


def rescore(listed: ListedRescore, *, of: Competition) -> RescoreJson:
    """A rescore with its two versions and its progress."""
    row = listed.rescore
    is_shown = row.state is RescoreState.APPLIED and row.to_key_id == of.answer_key_id
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
        "switched_at": iso_or_none(row.switched_at),
        "error": row.error,
        "is_open": row.state in rescores.OPEN,
        "can_be_undone": is_shown,
        "from": version(listed.before),
        "to": version(listed.after),
    }


def rescore_list(session: Session, competition_id: int) -> list[RescoreJson]:
    """The competition's rescores, the newest first."""
    of = session.get_one(Competition, competition_id)
    return [rescore(each, of=of) for each in rescores.of_competition(session, competition_id)]


def one_rescore(session: Session, *, competition_id: int, rescore_id: int) -> RescoreJson:
    """One rescore of the competition; raises NotFound."""
    rescores.get(session, competition_id=competition_id, rescore_id=rescore_id)
    return next(each for each in rescore_list(session, competition_id) if each["id"] == rescore_id)


def decimals(session: Session, competition_id: int) -> int:
    """The decimals that a preview's scores are shown with."""
    return leaderboard.shown(session, session.get_one(Competition, competition_id))


def preview(preview: Preview, checks: list[KnownFileCheck]) -> PreviewJson:
    """What a rescore would change: counts, whose, the known files, and who would lose a score."""
    return {
        "counts": _counts(preview),
        "changes": [change(each) for each in preview.changes if each.is_one],
        "checks": [known_file(each) for each in checks],
        "without_score": [_lost(each) for each in preview.lost],
    }


def _counts(preview: Preview) -> PreviewCountsJson:
    counts = preview.counts()
    return {
        "submissions": counts["submissions"],
        "scores": counts["scores"],
        "without_score": counts["without_score"],
        "students": counts["students"],
        "ranks": counts["ranks"],
        "tiers": counts["tiers"],
        "points": counts["points"],
    }


def change(row: StudentChange) -> ChangeJson:
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


def _side(row: Side) -> SideJson:
    return {
        "public_score": row.public.score,
        "public_rank": row.public.rank,
        "private_score": row.private.score,
        "private_rank": row.private.rank,
        "tiers": list(row.tiers),
        "points": row.points,
    }


def known_file(row: KnownFileCheck) -> KnownFileJson:
    """A known file's scores under both versions."""
    return {
        "name": row.name,
        "before": _pair(row.before),
        "after": _pair(row.after),
        "is_same_again": row.is_same_again,
    }


def _pair(scores: tuple[float, float] | None) -> ScorePairJson | None:
    return None if scores is None else {"public": scores[0], "private": scores[1]}


def _lost(row: LostScore) -> LostScoreJson:
    return {"submission_id": row.submission_id, "team": row.team, "why": row.why}
