"""A submission and the answer to an upload, as the API tells of them and pages show them."""

from datetime import datetime
from typing import NotRequired, cast

from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from grader.metrics import METRICS
from grader.scores.decimals import decimals_for
from server.clock import iso
from server.domain.boards import leaderboard
from server.domain.competitions import access as competitions
from server.domain.competitions.access import Access
from server.domain.integrity import exclusions as integrity
from server.domain.submissions import receipts
from server.domain.submissions import submit as submissions
from server.domain.submissions.feedback import meaning_of
from server.domain.teams import trials
from server.models import Submission, SubmissionState, TeamKind
from server.serializers.submissions import feedback as feedback_json
from server.serializers.submissions.feedback import FeedbackJson
from server.serializers.values import Day, Time, TodayJson, rounded, today


class ProblemJson(TypedDict):
    """One kind of fault in a file: how often it occurs, and the first lines where it does."""

    code: str
    message: str
    hint: str
    count: int
    lines: list[int]
    examples: list[str]


class OriginJson(TypedDict):
    """What a file was made by, as its sender says: a notebook or script; a commit, + where files differ."""

    name: str
    sha256: str
    commit: str


class SubmissionJson(TypedDict):
    """An uploaded file and what became of it, without any private value."""

    id: int
    url: str
    competition: str
    file_name: str
    size: int
    sha256: str
    received_at: Time
    course_day: Day
    slot: int | None
    state: str
    is_late: bool
    is_practice: bool
    is_trial: bool
    is_excluded: bool
    is_final: bool
    public_score: float | None
    problems: list[ProblemJson]
    submitted_by: str
    note: str
    origin: OriginJson | None


class ListedSubmissionJson(SubmissionJson):
    """A submission for its team and the staff; `private_score` where private scores may be seen.

    via, for staff: by which way it came; null for a baseline's.
    """

    exclusion_reason: str | None
    via: NotRequired[str | None]
    private_score: NotRequired[float | None]


class SubmissionListJson(TypedDict):
    """A team's submissions, the newest first."""

    submissions: list[ListedSubmissionJson]


class ReceiptJson(SubmissionJson):
    """What is known right after an upload: the submission, the rank, the tiers, what is left today."""

    repeated: bool
    team_id: int
    team: str
    key_version: int
    commitment: str | None
    decimals: int
    rank: int | None
    teams: int
    tiers_passed: list[str]
    feedback: FeedbackJson | None
    today: TodayJson
    took_ms: float
    now: Time
    reset_zone: str


def submission(
    row: Submission, *, slug: str, by: str, public_score: float | None, decimals: int, is_trial: bool = False
) -> SubmissionJson:
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
        "is_trial": is_trial,
        "is_excluded": row.excluded_at is not None,
        "is_final": row.is_final,
        "public_score": rounded(public_score, decimals),
        "problems": cast(list[ProblemJson], row.problems),  # stored as the grader told them
        "submitted_by": by,
        "note": row.note,
        "origin": cast(OriginJson | None, row.origin),
    }


def submission_list(
    session: Session, rows: list[Submission], *, access: Access, now: datetime
) -> list[ListedSubmissionJson]:
    """Submissions of one competition; `private_score` joins only where private scores may be seen."""
    competition = access.competition
    ids = [row.id for row in rows]
    decimals = leaderboard.shown(session, competition)
    public = submissions.public_scores(session, competition=competition, ids=ids)
    names = submissions.submitters(session, ids=ids)
    trial_ids = trials.among(session, submission_ids=ids)
    excluded = [row.id for row in rows if row.excluded_at is not None]
    reasons = integrity.reasons_of(session, competition_ids=[competition.id], ids=excluded)
    listed: list[ListedSubmissionJson] = [
        {
            **submission(  # type: ignore[typeddict-item]  # it holds no private score
                row,
                slug=competition.slug,
                by=names[row.id],
                public_score=public.get(row.id),
                decimals=decimals,
                is_trial=row.id in trial_ids,
            ),
            "exclusion_reason": reasons.get(row.id),
        }
        for row in rows
    ]
    if access.role.is_staff:
        listed = [{**each, "via": row.via} for each, row in zip(listed, rows, strict=True)]
    if not access.sees_private(now):
        return listed
    private = submissions.private_scores(session, competition=competition, ids=ids)
    return [{**each, "private_score": rounded(private.get(each["id"]), decimals)} for each in listed]


def receipt(
    session: Session, row: Submission, *, access: Access, repeated: bool, took_ms: float, now: datetime
) -> ReceiptJson:
    """What an upload is answered with, but for the signature; nothing private."""
    competition = access.competition
    facts = receipts.facts_of(session, submission_id=row.id)
    score, decimals = facts.public_score, decimals_for(facts.public_rows, METRICS.get(competition.metric))
    rank, count = leaderboard.public_rank(session, competition_id=competition.id, team_id=row.team_id)
    meaning = None if score is None else meaning_of(session, row, competition=competition, public_score=score)
    day = competitions.today(
        session, competition=competition, terms=access.terms, team_id=row.team_id, now=now
    )
    return {
        **submission(
            row,
            slug=competition.slug,
            by=facts.submitted_by,
            public_score=score,
            decimals=decimals,
            is_trial=facts.team_kind is TeamKind.TRIAL,
        ),
        "repeated": repeated,
        "team_id": row.team_id,
        "team": facts.team,
        "key_version": facts.key_version,
        "commitment": competition.commitment,
        "decimals": decimals,
        "rank": rank if row.state is SubmissionState.SCORED else None,
        "teams": count,
        "tiers_passed": [] if meaning is None else meaning.tiers_passed,
        "feedback": None
        if meaning is None
        else feedback_json.feedback(meaning, decimals=decimals, team_rank=rank),
        "today": today(day, now),
        "took_ms": round(took_ms, 1),
        "now": iso(now),
        "reset_zone": competition.reset_zone,
    }
