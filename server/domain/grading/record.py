"""A submission's second transaction: scores, state and standing together, if nobody else has recorded them.

It is conditional on the state being `received`, so that a sweep and a slow server may both try and one of
them wins. Grading, which is slow, comes before it and outside any transaction.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, bindparam, insert, select, update
from sqlalchemy.orm import Session

from grader.errors import InvalidSubmission
from grader.grade import Grade
from grader.scores.ranks import sort_key
from server.database.database import execute, lock, table_of
from server.domain.boards import standings
from server.domain.grading import ladder
from server.domain.grading.grading_key import GradingKey, current_key
from server.domain.grading.outcome import Failed, Outcome, PublicGrade
from server.domain.teams import membership as teams
from server.models import (
    Competition,
    PrivateFailure,
    PrivateScore,
    PublicScore,
    Submission,
    SubmissionState,
    Team,
)

_SUBMISSION, _COMPETITION, _TEAM = table_of(Submission), table_of(Competition), table_of(Team)
_LOCKED_TEAM = (
    select(_TEAM.c.id)
    .join(_SUBMISSION, _SUBMISSION.c.team_id == _TEAM.c.id)
    .where(_SUBMISSION.c.id == bindparam("submission_id"))
    .with_for_update(of=_TEAM)
)
# The answer key may not be switched while a score is recorded under it: two uploads share this lock, a switch
# wants it alone.
_STEADY_KEY = (
    select(_COMPETITION.c.id)
    .join(_SUBMISSION, _SUBMISSION.c.competition_id == _COMPETITION.c.id)
    .where(_SUBMISSION.c.id == bindparam("submission_id"))
    .with_for_update(read=True, of=_COMPETITION)
)
_STATE = select(_SUBMISSION.c.state).where(_SUBMISSION.c.id == bindparam("submission_id"))
_FINISH = (
    update(_SUBMISSION)
    .where(
        _SUBMISSION.c.id == bindparam("submission_id"),
        _SUBMISSION.c.state == SubmissionState.RECEIVED,
        _SUBMISSION.c.competition_id.in_(
            select(_COMPETITION.c.id).where(_COMPETITION.c.answer_key_id == bindparam("graded_under"))
        ),
    )
    .values(finished_at=bindparam("finished_at"))
    .returning(_SUBMISSION.c.team_id, _SUBMISSION.c.competition_id, _SUBMISSION.c.state)
)
_SCORED = _FINISH.values(state=SubmissionState.SCORED)
_WITHOUT_SCORE = _FINISH.values(state=bindparam("ends_as"), problems=bindparam("found"), slot=None)
_ADD_PUBLIC, _ADD_PRIVATE = insert(table_of(PublicScore)), insert(table_of(PrivateScore))
_ADD_FAILURE = insert(table_of(PrivateFailure))


def record(
    session: Session, *, submission_id: int, key: GradingKey, outcome: Outcome, now: datetime
) -> SubmissionState:
    """Record `outcome` unless another server has recorded one; the state in which the submission is then.

    Needs a session that may see private scores. A submission graded under a key that was replaced meanwhile
    stays `received`, and the sweep grades it again.
    """
    team_id = lock(session, _LOCKED_TEAM, {"submission_id": submission_id})
    lock(session, _STEADY_KEY, {"submission_id": submission_id})
    statement, values = _end(outcome)
    row = {"submission_id": submission_id, "graded_under": key.answer_key_id, "finished_at": now}
    finished = execute(session, statement, row | values).one_or_none()
    if finished is None:
        state: SubmissionState = execute(session, _STATE, {"submission_id": submission_id}).scalar_one()
        return state
    if team_id is not None and team_id != finished.team_id:  # its team was merged while we waited
        teams.lock_team(session, finished.team_id)
    if isinstance(outcome, Failed | PublicGrade):
        row = {"submission_id": submission_id, "reason": outcome.reason, "failed_at": now}
        execute(session, _ADD_FAILURE, row)
    if isinstance(outcome, Grade | PublicGrade):
        public = public_row(submission_id, key, outcome)
        execute(session, _ADD_PUBLIC, on_ladder(session, finished.team_id, key, public))
        if isinstance(outcome, Grade):
            execute(session, _ADD_PRIVATE, private_row(submission_id, key, outcome))
        standings.refresh(session, competition_id=finished.competition_id, team_id=finished.team_id)
    ended: SubmissionState = finished.state
    return ended


def _end(outcome: Outcome) -> tuple[Update, dict[str, Any]]:
    """The statement that ends a received submission so, and what that statement has to be told of it."""
    match outcome:
        case Grade() | PublicGrade():
            return _SCORED, {}
        case InvalidSubmission():
            problems = [problem.as_dict() for problem in outcome.problems]
            return _WITHOUT_SCORE, {"ends_as": SubmissionState.INVALID, "found": problems}
        case Failed():
            return _WITHOUT_SCORE, {"ends_as": SubmissionState.FAILED, "found": []}


def public_row(submission_id: int, key: GradingKey, scored: Grade | PublicGrade) -> dict[str, Any]:
    """The row that keeps a submission's public score under this key, before any Ladder."""
    error = scored.public_error if isinstance(scored, Grade) else None
    return _row(submission_id, key, scored.public, error)


def private_row(submission_id: int, key: GradingKey, scored: Grade) -> dict[str, Any]:
    """The row that keeps a submission's private score under this key."""
    return _row(submission_id, key, scored.private, scored.private_error)


def _row(submission_id: int, key: GradingKey, score: float, error: float | None) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "answer_key_id": key.answer_key_id,
        "score": score,
        "sort_key": sort_key(score, higher_is_better=key.higher_is_better),
        "standard_error": error,
    }


def on_ladder(session: Session, team_id: int, key: GradingKey, row: dict[str, Any]) -> dict[str, Any]:
    """A row of public scores as the Ladder releases it after the team's earlier ones under this key.

    It is the row itself where there is no Ladder.
    """
    if key.ladder_step is None:
        return row
    score = ladder.released_score(
        session,
        team_id=team_id,
        answer_key_id=key.answer_key_id,
        score=row["score"],
        step=key.ladder_step,
        higher_is_better=key.higher_is_better,
    )
    return ladder.as_released(row, score, higher_is_better=key.higher_is_better)


def left_behind(
    session: Session, *, now: datetime, older_than: timedelta
) -> list[tuple[Submission, GradingKey]]:
    """The submissions still `received` after so long, the oldest first.

    A server died, or its grading was too slow.
    """
    rows = session.execute(
        select(Submission, Competition)
        .join(Competition, Competition.id == Submission.competition_id)
        .where(Submission.state == SubmissionState.RECEIVED, Submission.received_at <= now - older_than)
        .order_by(Submission.received_at)
        .limit(1000)
    )
    return [(submission, current_key(session, competition)) for submission, competition in rows]
